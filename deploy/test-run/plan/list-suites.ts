import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestProject, testProjects } from './test-projects.js';

/** Test files by project, each relative to the repository, with forward slashes. */
export type Suites = Readonly<Record<TestProject, readonly string[]>>;

/** Lists every test file of the repository; a file is named for its project: `place-order.unit.test.ts`. */
export function listSuites(root: string): Suites {
  return suitesAmong(listFiles(root));
}

/** Sorts the test files among these by project. */
export function suitesAmong(files: readonly string[]): Suites {
  const of = (project: TestProject) => files.filter((file) => file.endsWith(`.${project}.test.ts`)).sort();
  return Object.fromEntries(testProjects.map((project) => [project, of(project)])) as unknown as Suites;
}

/** Every file of the repository but what is installed, built or left by a run; relative, with forward slashes. */
export function listFiles(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(root, path) : [path];
  });
}
