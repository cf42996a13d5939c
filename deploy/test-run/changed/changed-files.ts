import { execFileSync } from 'node:child_process';

/**
 * Files that differ from a commit, committed since or not, new ones included; relative to the repository.
 * @param since anything that git can name, e.g. `HEAD`, `main`
 * @throws with git's own words when there is no such commit, or no repository
 */
export function changedFiles(root: string, since: string): string[] {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
      .split('\0')
      .filter((file) => file !== '');
  return [
    ...new Set([
      ...git('diff', '--name-only', '-z', '--end-of-options', since, '--'),
      ...git('ls-files', '--others', '--exclude-standard', '-z'),
    ]),
  ].sort();
}
