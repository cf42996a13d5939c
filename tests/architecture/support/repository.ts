import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of this repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Every file that is, or is about to be, part of the repository; paths relative to its root. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && readable(path));
}

/** Deleted but not yet committed files are listed, too. */
function readable(path: string): boolean {
  try {
    readFileSync(root + path);
    return true;
  } catch {
    return false;
  }
}

export function readRepositoryFile(path: string): string {
  return readFileSync(root + path, 'utf8');
}
