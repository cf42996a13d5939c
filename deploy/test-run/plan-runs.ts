/** The projects of `jest.config.mjs`, in the order in which they are run: what is quick to fail comes first. */
const testProjects = ['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults'] as const;

export type TestProject = (typeof testProjects)[number];

export interface TestPlan {
  projects: TestProject[];
  /** Passed on to jest as they are. */
  jestArgs: string[];
  /** Is this the whole of what CI runs, i.e. the checks too? */
  checks: boolean;
}

/**
 * What `npm test -- ARGUMENTS` means: without arguments everything; `--selectProjects` limits the projects,
 * the rest goes to jest, e.g. a path, `-t NAME`, `--verbose`.
 */
export function planRuns(args: readonly string[]): TestPlan {
  const { chosen, rest } = takeProjects(args);
  const projects = testProjects.filter((project) => chosen.length === 0 || chosen.includes(project));
  return {
    projects,
    jestArgs: rest,
    checks: args.length === 0,
  };
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
export function needsServers(project: TestProject): boolean {
  return project !== 'unit' && project !== 'architecture';
}
