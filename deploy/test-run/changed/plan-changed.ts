import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles, listSuites, suitesAmong, type Suites } from '../plan/list-suites.js';
import { planSuites, type TestPlan } from '../plan/plan-runs.js';
import { testProjects } from '../plan/test-projects.js';
import { changedFiles } from './changed-files.js';
import { fileGraph, withDependents } from './file-graph.js';

/** What every suite depends on without naming it. */
const concernsAll =
  /^(package-lock\.json|package\.json|jest\.config\.mjs|tsconfig\.json|tests\/support\/servers\.ts)$/;

/**
 * Plans what `npm test -- --changed [COMMIT]` runs: the suites that depend on a file that differs from a commit, by default
 * the last one. Architecture tests look at the whole repository and run whenever something has changed.
 * @throws when other arguments stand beside it, or git does not know the commit
 */
export function planChanged(args: readonly string[], root: string): TestPlan {
  const since = commitIn(args);
  const changed = changedFiles(root, since);
  const plan = planSuites(suitesOfChange(changed, root));
  const suites = [...plan.serverless, ...plan.withServers].map(({ name, jestArgs }) => [
    name,
    jestArgs.length - 1,
  ]);
  const what = suites.map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
  console.log(`${changed.length} files differ from ${since}; suites that depend on them: ${what}`);
  return plan;
}

function commitIn(args: readonly string[]): string {
  const [first = '', second, ...others] = args;
  const [flag, value] = first.split('=', 2);
  if (flag !== '--changed' || others.length > 0 || (value !== undefined && second !== undefined))
    throw new Error('--changed stands alone, or with a commit: npm test -- --changed main');
  return value ?? second ?? 'HEAD';
}

function suitesOfChange(changed: readonly string[], root: string): Suites {
  if (changed.length === 0) return suitesAmong([]);
  const all = listSuites(root);
  if (changed.some((file) => concernsAll.test(file))) return all;
  const files = listFiles(root);
  const graph = fileGraph(files, (file) => readFileSync(join(root, file), 'utf8'));
  const concerned = withDependents(changed, graph);
  const related = suitesAmong(
    testProjects.flatMap((project) => all[project]).filter((file) => concerned.has(file)),
  );
  return { ...related, architecture: all.architecture };
}
