import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { needsServers, type TestProject } from './plan-runs.js';
import { countResults, type TestCounts } from './test-counts.js';

export interface JestRun {
  root: string;
  project: TestProject;
  /** Further arguments of the user's. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Folder for jest's results. */
  resultsIn: string;
  signal: AbortSignal;
}

/**
 * Runs the tests of one project, with jest's own output on the console.
 * @returns its counts; one failure when jest ends without results
 */
export async function runJest({ root, project, args, env, resultsIn, signal }: JestRun): Promise<TestCounts> {
  const results = join(resultsIn, `results-${project}.json`);
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const options = ['--selectProjects', project, `--maxWorkers=${workersFor(project)}`, '--passWithNoTests'];
  const child = spawn(
    process.execPath,
    // jest loads ES modules through an interface of Node's that still calls itself experimental
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      ...args,
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

/** Suites that share servers run one after the other; others use the cores there are, but not all of a large machine. */
function workersFor(project: TestProject): number {
  return needsServers(project) ? 1 : 2;
}
