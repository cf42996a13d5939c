import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureServers } from '#platform/embedded/install/install-servers.js';
import type { ServerPrograms } from '#platform/embedded/install/server-programs.js';
import { inheritedEnvironment } from '#platform/supervision/inherited-environment.js';
import { consoleReport, seconds } from '../local/console-report.js';
import { dialogue } from '../local/dialogue.js';
import { planRuns, type TestPlan, type TestRun } from './plan-runs.js';
import { runJest } from './run-jest.js';
import { type RunningTestServers, startTestServers } from './start-test-servers.js';
import { addCounts, describeCounts, type TestCounts } from './test-counts.js';
import { testDataFolder } from './test-data-folder.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const plan = planRuns(process.argv.slice(2));
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());

const times: string[] = [];
const folders: string[] = [];
const total = await runAll(plan);
console.log(`\n${times.join('\n')}`);
if (total.failed === 0 && !stopping.signal.aborted)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
else console.log(`The servers' data and logs are kept until the next run: ${folders.join(', ')}`);
console.log(describeCounts(total));
process.exitCode = total.failed === 0 && !stopping.signal.aborted ? 0 : 1;

async function runAll({ checks, serverless, withServers, lanes }: TestPlan): Promise<TestCounts> {
  const counts: TestCounts[] = [];
  if (checks) counts.push(await timed('checks', runChecks));
  // They use the cores there are, but not all of a large machine.
  if (serverless.length > 0)
    counts.push(await runQueue({ name: 'serverless', queue: serverless, workers: 2 }));
  if (withServers.length > 0 && !stopping.signal.aborted) counts.push(await runInLanes(withServers, lanes));
  return addCounts(counts);
}

/** Each lane has servers of its own and one worker, since tests share the servers; lanes take runs from one queue. */
async function runInLanes(runs: readonly TestRun[], lanes: number): Promise<TestCounts> {
  const programs = await findPrograms();
  const queue = [...runs];
  const running = Array.from({ length: Math.min(lanes, queue.length) }, (_, lane) => {
    const name = `servers ${lane + 1}`;
    return runQueue({ name, queue, workers: 1, start: (folder) => startServers(folder, programs) });
  });
  return addCounts(await Promise.all(running));
}

interface Lane {
  name: string;
  /** What is taken out is run here. */
  queue: TestRun[];
  workers: number;
  start?: (folder: string) => Promise<RunningTestServers>;
}

/** Takes runs from the queue until it is empty. */
async function runQueue({ name, queue, workers, start }: Lane): Promise<TestCounts> {
  const counts: TestCounts[] = [];
  let servers: RunningTestServers | undefined;
  try {
    const folder = await testDataFolder(root, name);
    folders.push(folder);
    if (start) servers = await timed(name, () => start(folder));
    for (let run = queue.shift(); run && !stopping.signal.aborted; run = queue.shift()) {
      const env = { ...process.env, ...servers?.environment };
      const next = { root, run, workers, env, resultsIn: folder, signal: stopping.signal };
      counts.push(await timed(run.name, () => runJest(next)));
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    counts.push({ passed: 0, failed: 1, skipped: 0 });
  } finally {
    await servers?.stop();
  }
  return addCounts(counts);
}

/** The checks are not tests: they count only when they fail. */
async function runChecks(): Promise<TestCounts> {
  const child = spawn(process.execPath, [join(root, 'deploy/bin/check.mjs')], {
    stdio: 'inherit',
    signal: stopping.signal,
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** Installs what is missing, once for all lanes. */
async function findPrograms(): Promise<Required<ServerPrograms>> {
  const { mysql, nats } = await ensureServers(
    ['mysql', 'nats'],
    dialogue({ CI: process.env['CI'], PATH: process.env['PATH'] ?? '' }),
  );
  if (mysql === undefined || nats === undefined) throw new Error('MySQL and NATS are needed for these tests');
  return { mysql, nats };
}

function startServers(dataDir: string, programs: Required<ServerPrograms>): Promise<RunningTestServers> {
  const inherited = inheritedEnvironment(process.env);
  return startTestServers({ dataDir, programs, report: consoleReport(false), inherited });
}

async function timed<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const began = Date.now();
  try {
    return await work();
  } finally {
    times.push(`${name.padEnd(14)} ${seconds(Date.now() - began).padStart(8)}`);
  }
}
