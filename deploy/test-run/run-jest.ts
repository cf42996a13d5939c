import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TestRun } from './plan-runs.js';
import { countResults, type TestCounts } from './test-counts.js';

export interface JestRun {
  root: string;
  run: TestRun;
  /** Test files that are run at the same time. */
  workers: number;
  env: NodeJS.ProcessEnv;
  /** Folder for jest's results. */
  resultsIn: string;
  signal: AbortSignal;
}

/**
 * Runs tests of one project, with jest's own output on the console.
 * @returns its counts; one failure when jest ends without results
 */
export async function runJest({ root, run, workers, env, resultsIn, signal }: JestRun): Promise<TestCounts> {
  const results = join(resultsIn, `results-${run.name.replace(/\W/g, '-')}.json`);
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const options = ['--selectProjects', run.project, `--maxWorkers=${workers}`, '--passWithNoTests'];
  const child = spawn(
    process.execPath,
    // jest loads ES modules through an interface of Node's that still calls itself experimental
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      ...run.jestArgs,
      ...options,
      '--json',
      `--outputFile=${results}`,
    ],
    { cwd: root, env, stdio: ['inherit', 'ignore', 'inherit'], signal, killSignal: 'SIGTERM' },
  );
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  return readCounts(results, code);
}

function readCounts(results: string, code: number | null): TestCounts {
  try {
    const counts = countResults(readFileSync(results, 'utf8'));
    // e.g. a coverage threshold: jest calls it a failure, though each test has passed
    return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } catch {
    // jest has already said on the console why it could not run
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
