import type { ServerPrograms } from '#platform/embedded/install/server-programs.js';
import { inheritedEnvironment } from '#platform/supervision/inherited-environment.js';
import { consoleReport } from '../local/console-report.js';
import type { TestPlan, TestRun } from './plan/plan-runs.js';
import { runJest } from './run-jest.js';
import { type RunQueue, runQueue } from './run-queue.js';
import { makeShopTemplate } from './shop-template.js';
import { type RunningTestServers, startLaneServers, startSharedServers } from './start-test-servers.js';
import type { SuiteTime } from './suite-times.js';
import { addCounts, type TestCounts } from './test-counts.js';
import type { TestFailure } from './test-failures.js';

export interface PlanRun {
  plan: TestPlan;
  root: string;
  /** Installs what is missing, once for all lanes. */
  findPrograms: () => Promise<Required<ServerPrograms>>;
  runChecks: () => Promise<TestCounts>;
  /** A folder for a lane, removed after a run without failures. */
  folderFor: (lane: string) => Promise<string>;
  /** File to which suites report what they have done. */
  operationsFile: string;
  /** Measures a part of the run for the table at the end. */
  timed: <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;
  /** This program's own variables; runs get them all, servers some. */
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

export interface PlanResults {
  counts: TestCounts;
  times: SuiteTime[];
  /** Of tests: what the checks find stands where they print it. */
  failures: TestFailure[];
}

/** Takes runs one after the other; with servers of its own where its runs need them. */
interface Lane {
  name: string;
  queue: RunQueue;
  /** Test files that are run at the same time. */
  workers: number;
  env: NodeJS.ProcessEnv;
  start?: (folder: string) => Promise<RunningTestServers>;
  /** Done when there is a shop to copy: runs that start one wait for it. */
  shopPrepared?: Promise<void>;
}

/** Runs all of a plan: the checks and what needs no servers in one lane, the rest beside it in others. */
export async function runPlan(options: PlanRun): Promise<PlanResults> {
  const { plan, runChecks, timed } = options;
  const results: PlanResults = { counts: { passed: 0, failed: 0, skipped: 0 }, times: [], failures: [] };
  const add = (counts: TestCounts) => (results.counts = addCounts([results.counts, counts]));

  async function serverless(): Promise<void> {
    if (plan.whole) add(await timed('checks', runChecks));
    if (plan.serverless.length === 0) return;
    const queue = runQueue(plan.serverless, 0, 1);
    await runLane(options, { name: 'serverless', queue, workers: plan.whole ? 1 : 2, env: {} }, results);
  }

  async function withServers(): Promise<void> {
    if (plan.withServers.length === 0) return;
    try {
      await runInLanes(options, results);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      add({ passed: 0, failed: 1, skipped: 0 });
    }
  }

  if (plan.whole) await Promise.all([serverless(), withServers()]);
  else {
    await serverless();
    await withServers();
  }
  return results;
}

async function runInLanes(options: PlanRun, results: PlanResults): Promise<void> {
  const { plan, root, findPrograms, folderFor, timed, environment, signal } = options;
  const programs = await findPrograms();
  const template = await folderFor('template');
  const env: NodeJS.ProcessEnv = plan.whole ? { TEST_SHOP_TEMPLATE: template } : {};
  const queue = runQueue(plan.withServers, plan.shopsAtOnce, plan.room);
  const inherited = inheritedEnvironment(environment);
  const request = (dataDir: string) => ({ dataDir, programs, report: consoleReport(false), inherited });
  const forAll = await folderFor('shared');
  const shared = timed('servers of all lanes', () => startSharedServers(request(forAll)));
  // Runs without a shop begin meanwhile. The shop copies the database that Unleash has just been given.
  const shopPrepared = plan.whole
    ? shared.then(() => timed('a shop to copy', () => makeShopTemplate(root, template, signal)))
    : Promise.resolve();
  // A lane takes them before its first run: until then nobody would hear of their failure.
  for (const work of [shared, shopPrepared]) work.catch(() => undefined);
  const start = async (dataDir: string) => {
    const own = await startLaneServers(request(dataDir));
    try {
      const { environment } = await shared;
      return { ...own, environment: { ...environment, ...own.environment } };
    } catch (error) {
      await own.stop();
      throw error;
    }
  };
  const lanes = Array.from({ length: Math.min(plan.lanes, plan.withServers.length) }, (_, index) =>
    runLane(options, { name: `servers ${index + 1}`, queue, workers: 1, env, start, shopPrepared }, results),
  );
  try {
    await Promise.all([shopPrepared, ...lanes]);
  } finally {
    await Promise.allSettled(lanes);
    await shared.then(
      ({ stop }) => stop(),
      () => undefined,
    );
  }
}

async function runLane(options: PlanRun, lane: Lane, results: PlanResults): Promise<void> {
  const { folderFor, timed, signal } = options;
  let servers: RunningTestServers | undefined;
  try {
    const folder = await folderFor(lane.name);
    const { start, queue } = lane;
    const work = async (run: TestRun) => {
      // Not before there is something to do: a lane may have to wait until there is room for it.
      if (start) servers ??= await timed(lane.name, () => start(folder));
      if (run.startsShop) await lane.shopPrepared;
      await runOne(options, lane, run, { folder, servers, results });
    };
    for (let run = await queue.take(); run && !signal.aborted; run = await queue.take())
      await work(run).finally(() => queue.done(run));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    results.counts = addCounts([results.counts, { passed: 0, failed: 1, skipped: 0 }]);
  } finally {
    await servers?.stop();
  }
}

async function runOne(
  { plan, root, operationsFile, timed, environment, signal }: PlanRun,
  { workers, env: own }: Lane,
  run: TestRun,
  {
    folder,
    servers,
    results,
  }: { folder: string; servers: RunningTestServers | undefined; results: PlanResults },
): Promise<void> {
  const env = { ...environment, ...servers?.environment, ...own, TEST_OPERATIONS_FILE: operationsFile };
  const next = { root, run, workers, env, resultsIn: folder, live: !plan.whole, signal };
  const { counts, times, failures } = await timed(run.name, () => runJest(next));
  results.counts = addCounts([results.counts, counts]);
  results.times.push(...times);
  results.failures.push(...failures);
}
