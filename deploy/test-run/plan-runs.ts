/** The projects of `jest.config.mjs`, in the order in which they are run: what is quick to fail comes first. */
const testProjects = ['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults'] as const;

export type TestProject = (typeof testProjects)[number];

/** One run of jest. */
export interface TestRun {
  /** What it is called in the list of times. */
  name: string;
  project: TestProject;
  /** Passed on to jest as they are. */
  jestArgs: string[];
}

export interface TestPlan {
  /** Run one after the other, first. */
  serverless: TestRun[];
  /** Run in lanes that have servers of their own, in this order. */
  withServers: TestRun[];
  /** How many of these go on at the same time. */
  lanes: number;
  /** Is this the whole of what CI runs, i.e. the checks too? */
  checks: boolean;
}

/** Into how many runs of jest a project is cut when everything is run. */
const parts: Partial<Record<TestProject, number>> = { faults: 2, integration: 5 };

/** What takes longest begins first, so that no lane stands idle at the end. */
const longestFirst: readonly TestProject[] = ['parity', 'faults', 'e2e', 'integration'];

/**
 * What `npm test -- ARGUMENTS` means: without arguments everything; `--selectProjects` limits the projects,
 * the rest goes to jest, e.g. a path, `-t NAME`, `--verbose`.
 */
export function planRuns(args: readonly string[]): TestPlan {
  const { chosen, rest } = takeProjects(args);
  const projects = testProjects.filter((project) => chosen.length === 0 || chosen.includes(project));
  const whole = args.length === 0;
  const inLanes = whole ? longestFirst : projects.filter(needsServers);
  return {
    serverless: projects
      .filter((project) => !needsServers(project))
      .map((project) => ({ name: project, project, jestArgs: rest })),
    withServers: inLanes.flatMap((project) =>
      whole ? cut(project) : [{ name: project, project, jestArgs: rest }],
    ),
    // Whoever runs a part wants to read its output in order.
    lanes: whole ? 2 : 1,
    checks: whole,
  };
}

function cut(project: TestProject): TestRun[] {
  const count = parts[project] ?? 1;
  if (count === 1) return [{ name: project, project, jestArgs: [] }];
  return Array.from({ length: count }, (_, index) => {
    const part = `${index + 1}/${count}`;
    return { name: `${project} ${part}`, project, jestArgs: [`--shard=${part}`] };
  });
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
