import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureServers } from '#platform/embedded/install/install-servers.js';
import type { ServerPrograms } from '#platform/embedded/install/server-programs.js';
import { seconds } from '../local/console-report.js';
import { dialogue } from '../local/dialogue.js';
import { planChanged } from './changed/plan-changed.js';
import { listSuites } from './plan/list-suites.js';
import { describeOperations, readOperations } from './operations.js';
import { planRuns } from './plan/plan-runs.js';
import { runPlan } from './run-plan.js';
import { describeSlowest } from './suite-times.js';
import { describeCounts, type TestCounts } from './test-counts.js';
import { describeFailures } from './test-failures.js';
import { testDataFolder } from './test-data-folder.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** How many of the slowest suites are listed at the end. */
const slowestShown = 10;

const began = Date.now();
const args = process.argv.slice(2);
const changedOnly = args.some((arg) => arg.startsWith('--changed'));
const plan = changedOnly ? planChanged(args, root) : planRuns(args, listSuites(root), availableParallelism());
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());

const parts: string[] = [];
const folders: string[] = [];
const operationsFile = join(await folderFor('reports'), 'operations.ndjson');
const { counts, times, failures } = await runPlan({
  ...{ plan, root, findPrograms, runChecks, folderFor, operationsFile, timed },
  environment: process.env,
  signal: stopping.signal,
});
const operations = readOperations(operationsFile);

console.log(`\n${parts.join('\n')}`);
if (times.length > 1) console.log(`\nThe slowest suites:\n${describeSlowest(times, slowestShown)}`);
if (operations.length > 0) console.log(`\nWhat the long suites did:\n${describeOperations(operations)}`);
if (failures.length > 0) console.log(`\nWhat failed:\n${describeFailures(failures)}`);
console.log(`\n${times.length} suites in ${seconds(Date.now() - began)} in all`);
if (counts.failed === 0 && !stopping.signal.aborted)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
else console.log(`The servers' data and logs are kept until the next run: ${folders.join(', ')}`);
// A name that was mistyped must not look like tests that passed. That nothing has changed is fine.
const nothingRan = times.length === 0 && counts.failed === 0 && !changedOnly;
if (nothingRan) console.log(`No test file was found for: ${args.join(' ')}`);
console.log(describeCounts(counts));
process.exitCode = counts.failed === 0 && !nothingRan && !stopping.signal.aborted ? 0 : 1;

async function folderFor(lane: string): Promise<string> {
  const folder = await testDataFolder(root, lane);
  folders.push(folder);
  return folder;
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

async function findPrograms(): Promise<Required<ServerPrograms>> {
  const { mysql, nats } = await ensureServers(
    ['mysql', 'nats'],
    dialogue({ CI: process.env['CI'], PATH: process.env['PATH'] ?? '' }),
  );
  if (mysql === undefined || nats === undefined) throw new Error('MySQL and NATS are needed for these tests');
  return { mysql, nats };
}

async function timed<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const start = Date.now();
  try {
    return await work();
  } finally {
    parts.push(`${name.padEnd(34)} ${seconds(Date.now() - start).padStart(8)}`);
  }
}
