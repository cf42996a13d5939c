import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface User {
  uid: number;
  gid: number;
}

/** The numbers of `nobody`, who owns no file. */
const nobody: User = { uid: 65534, gid: 65534 };

/** The user that runs this program. */
export function ownUser(): User {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

/**
 * A user who is not root, and a description: `nobody` where root runs this program, otherwise the one that runs it. Where
 * `nobody` can't run the repository, it is root, and the reason is printed.
 * @param root folder of the repository
 * @param node path of the Node binary to run, if there is one
 */
export function unprivilegedUser(root: string, node: string | undefined): { user: User; whose: string } {
  const own = ownUser();
  if (own.uid !== 0) return { user: own, whose: 'the user of this test' };
  const reason = node === undefined ? undefined : whyNobodyCannotRun(root, node);
  if (reason === undefined) return { user: nobody, whose: 'nobody' };
  process.stderr.write(`No test of a user who is not root: nobody can't run ${node}: ${reason}\n`);
  return { user: own, whose: "root, since nobody can't run it" };
}

const readEach = 'for (const path of process.argv.slice(1)) fs.accessSync(path, fs.constants.R_OK)';

function whyNobodyCannotRun(root: string, node: string): string | undefined {
  const repository = ['deploy/bin/start.mjs', 'node_modules/.package-lock.json', 'dist/built-from'];
  const needed = [...repository.map((file) => join(root, file)), tmpdir()];
  const { status, error, stderr } = spawnSync(node, ['-e', readEach, ...needed], {
    ...nobody,
    cwd: '/',
    encoding: 'utf8',
  });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : (/^Error: .*/m.exec(stderr)?.[0] ?? stderr);
}
