import type { Suites } from './list-suites.js';
import { type TestProject, testProjects } from './test-projects.js';

/** One run of jest. */
export interface TestRun {
  /** Its name in the list of times. */
  name: string;
  project: TestProject;
  /** Passed on to jest as they are. */
  jestArgs: string[];
  /** It starts a whole shop, some twenty processes that keep both cores of a small machine busy. */
  startsShop?: true;
}

export interface TestPlan {
  /** Runs that need no servers; one after the other, in this order. */
  serverless: TestRun[];
  /** Runs in lanes that have servers of their own; each lane takes the next one. */
  withServers: TestRun[];
  /** How many lanes there are. */
  lanes: number;
  /** How many of the lanes may have a shop at the same time, as long as there is something else to run. */
  shopsAtOnce: number;
  /** How many runs without a shop keep the machine busy. */
  room: number;
  /** Is this everything that CI runs? Then the checks run too, and shops start from a copy of one that is prepared once. */
  whole: boolean;
}

/** Suites of these projects start whole shops. They begin first: they take longest. */
const shopProjects: readonly TestProject[] = ['parity', 'e2e', 'faults'];

/** Suites of one run of jest: few enough that all lanes end at about the same time, without many starts of jest. */
const suitesPerRun = 8;

/** A lane with a shop takes about 2 GB. */
const maxLanes = 6;

/**
 * Runs without a shop that keep two cores busy, beside what needs no servers. More of them only make each suite slower:
 * programs that wait for their turn cost processor time, too.
 */
const roomOfTwoCores = 5;

/**
 * Plans what `npm test -- ARGUMENTS` runs: without arguments everything; `--selectProjects` limits the projects,
 * the rest goes to jest, e.g. a path, `-t NAME`, `--verbose`.
 * @param suites every test file of the repository
 * @param cores of this machine
 */
export function planRuns(args: readonly string[], suites: Suites, cores: number): TestPlan {
  if (args.length === 0) return planWhole(suites, cores);
  const { chosen, rest } = takeProjects(args);
  const projects = testProjects.filter((project) => chosen.length === 0 || chosen.includes(project));
  const run = (project: TestProject): TestRun => ({ name: project, project, jestArgs: rest });
  return inOneLane(projects.map(run));
}

/** Plans runs of exactly these suites, quick projects first. */
export function planSuites(suites: Suites): TestPlan {
  const runs = testProjects
    .filter((project) => suites[project].length > 0)
    .map((project): TestRun => ({ name: project, project, jestArgs: byPath(suites[project]) }));
  return inOneLane(runs);
}

/** One lane keeps the output in order. */
function inOneLane(runs: readonly TestRun[]): TestPlan {
  return {
    serverless: runs.filter(({ project }) => !needsServers(project)),
    withServers: runs.filter(({ project }) => needsServers(project)),
    lanes: 1,
    shopsAtOnce: 1,
    room: 1,
    whole: false,
  };
}

function planWhole(suites: Suites, cores: number): TestPlan {
  const shopsAtOnce = Math.max(1, Math.floor(cores / 2));
  const room = shopsAtOnce * roomOfTwoCores;
  return {
    serverless: [
      { name: 'unit', project: 'unit', jestArgs: [] },
      { name: 'architecture', project: 'architecture', jestArgs: [] },
    ],
    withServers: [...shopProjects.flatMap((project) => eachSuite(project, suites)), ...integration(suites)],
    lanes: Math.min(maxLanes, room),
    shopsAtOnce,
    room,
    whole: true,
  };
}

function eachSuite(project: TestProject, suites: Suites): TestRun[] {
  return suites[project].map((file) => ({
    name: `${project} ${nameOf(file)}`,
    project,
    jestArgs: byPath([file]),
    startsShop: true,
  }));
}

/** Deals the suites out like cards: neighbours, which often take alike long, come into different runs. */
function integration({ integration: files }: Suites): TestRun[] {
  const count = Math.ceil(files.length / suitesPerRun);
  return Array.from({ length: count }, (_, run) => ({
    name: `integration ${run + 1}/${count}`,
    project: 'integration',
    jestArgs: byPath(files.filter((_file, index) => index % count === run)),
  }));
}

function byPath(files: readonly string[]): string[] {
  return ['--runTestsByPath', ...files];
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\..*$/, '');
}

/** jest would take a path that follows the names for another name; here it stays a path. */
function takeProjects(args: readonly string[]): { chosen: TestProject[]; rest: string[] } {
  const at = args.indexOf('--selectProjects');
  if (at < 0) return { chosen: [], rest: [...args] };
  const after = args.slice(at + 1);
  const firstOther = after.findIndex((word) => !isProject(word));
  const count = firstOther < 0 ? after.length : firstOther;
  if (count === 0) throw new Error(`--selectProjects needs one or more of ${testProjects.join(', ')}`);
  return {
    chosen: after.slice(0, count).filter(isProject),
    rest: [...args.slice(0, at), ...after.slice(count)],
  };
}

function isProject(word: string): word is TestProject {
  return (testProjects as readonly string[]).includes(word);
}

/** Does it run against MySQL, NATS, Unleash and the mail server? */
function needsServers(project: TestProject): boolean {
  return project !== 'unit' && project !== 'architecture';
}
