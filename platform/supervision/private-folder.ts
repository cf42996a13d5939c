import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder in the machine's temporary folder that only this user can read and write, created when missing.
 * @param name tells it apart from others of this user
 * @throws when another user has created something of that name
 */
export function privateTemporaryFolder(name: string): string {
  const user = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `strangler-${user}-${name}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (found.isDirectory() && (process.getuid === undefined || found.uid === user)) return folder;
  throw new Error(`${folder} belongs to another user: remove it, or set TMPDIR to a folder of your own`);
}
