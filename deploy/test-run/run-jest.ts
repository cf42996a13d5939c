import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TestRun } from './plan/plan-runs.js';
import { readSuiteTimes, type SuiteTime } from './suite-times.js';
import { countResults, type TestCounts } from './test-counts.js';
import { readFailures, type TestFailure } from './test-failures.js';

export interface JestRun {
  root: string;
  run: TestRun;
  /** Test files that are run at the same time. */
  workers: number;
  env: NodeJS.ProcessEnv;
  /** Folder for jest's results. */
  resultsIn: string;
  /** Shows jest's output as it comes; otherwise all of it at the end, so that runs side by side stay apart. */
  live: boolean;
  signal: AbortSignal;
}

export interface JestResults {
  counts: TestCounts;
  times: SuiteTime[];
  failures: TestFailure[];
}

/** How long jest may live on after it has written its results, and how often that is looked at, in milliseconds. */
const [longestEndMs, lookEveryMs] = [60_000, 1_000];

/**
 * Runs tests of one project, with jest's own output on the console.
 * @returns its counts; one failure when jest ends without results
 */
export async function runJest({
  root,
  run,
  workers,
  env,
  resultsIn,
  live,
  signal,
}: JestRun): Promise<JestResults> {
  const results = join(resultsIn, `results-${run.name.replace(/\W/g, '-')}.json`);
  rmSync(results, { force: true });
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
    {
      cwd: root,
      env,
      stdio: ['inherit', 'ignore', live ? 'inherit' : 'pipe'],
      signal,
      killSignal: 'SIGTERM',
    },
  );
  let printed = '';
  child.stderr?.on('data', (data: Buffer) => (printed += data.toString()));
  const stopWatching = endWhatHangs(child, results, run.name);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  stopWatching();
  process.stderr.write(printed);
  return readResults(results, code, { root, name: run.name });
}

/** A failed test may leave a connection open, which would keep jest, and all that waits for it, for ever. */
function endWhatHangs(child: ChildProcess, results: string, name: string): () => void {
  let waited = 0;
  const looking = setInterval(() => {
    if (!existsSync(results)) return;
    waited += lookEveryMs;
    if (waited < longestEndMs) return;
    console.error(
      `The tests of ${name} have ended, their process has not: it is ended, and the run counts as failed`,
    );
    child.kill('SIGKILL');
    child.stderr?.destroy();
  }, lookEveryMs);
  return () => clearInterval(looking);
}

function readResults(
  file: string,
  code: number | null,
  { root, name }: { root: string; name: string },
): JestResults {
  try {
    const json = readFileSync(file, 'utf8');
    const counts = countResults(json);
    // e.g. a coverage threshold: jest calls it a failure, though each test has passed
    const all = code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 };
    return { counts: all, times: readSuiteTimes(json, root), failures: readFailures(json, root) };
  } catch {
    // jest has already said on the console why it could not run
    const nothing = { suite: name, message: 'jest has not run: what it printed says why' };
    return { counts: { passed: 0, failed: 1, skipped: 0 }, times: [], failures: [nothing] };
  }
}
