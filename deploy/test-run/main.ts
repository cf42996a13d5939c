import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureServers } from '#platform/embedded/install/install-servers.js';
import { inheritedEnvironment } from '#platform/supervision/inherited-environment.js';
import { consoleReport, seconds } from '../local/console-report.js';
import { dialogue } from '../local/dialogue.js';
import { needsServers, planRuns, type TestPlan } from './plan-runs.js';
import { runJest } from './run-jest.js';
import { type RunningTestServers, startTestServers } from './start-test-servers.js';
import { addCounts, describeCounts, type TestCounts } from './test-counts.js';
import { testDataFolder } from './test-data-folder.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const plan = planRuns(process.argv.slice(2));
const folder = await testDataFolder(root);
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());

const times: string[] = [];
const total = await runAll(plan);
console.log(`\n${times.join('\n')}`);
if (total.failed === 0 && !stopping.signal.aborted) rmSync(folder, { recursive: true, force: true });
else console.log(`The servers' data and logs are kept until the next run: ${folder}`);
console.log(describeCounts(total));
process.exitCode = total.failed === 0 && !stopping.signal.aborted ? 0 : 1;

async function runAll({ checks, projects, jestArgs }: TestPlan): Promise<TestCounts> {
  const counts: TestCounts[] = [];
  if (checks) counts.push(await timed('checks', runChecks));
  let servers: RunningTestServers | undefined;
  try {
    for (const project of projects) {
      if (stopping.signal.aborted) break;
      if (needsServers(project)) servers ??= await timed('servers', startServers);
      const env = { ...process.env, ...servers?.environment };
      const run = { root, project, env, args: jestArgs, resultsIn: folder, signal: stopping.signal };
      counts.push(await timed(project, () => runJest(run)));
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

async function startServers(): Promise<RunningTestServers> {
  const { mysql, nats } = await ensureServers(
    ['mysql', 'nats'],
    dialogue({ CI: process.env['CI'], PATH: process.env['PATH'] ?? '' }),
  );
  if (mysql === undefined || nats === undefined) throw new Error('MySQL and NATS are needed for these tests');
  return startTestServers({
    dataDir: folder,
    programs: { mysql, nats },
    report: consoleReport(false),
    inherited: inheritedEnvironment(process.env),
  });
}

async function timed<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const began = Date.now();
  try {
    return await work();
  } finally {
    times.push(`${name.padEnd(14)} ${seconds(Date.now() - began).padStart(8)}`);
  }
}
