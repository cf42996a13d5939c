import { execFileSync } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '#platform/telemetry/message-of.js';

/** What to do where the folder itself can't be used. */
const nameAnother = 'name another folder with --data-dir';

const sentences: Readonly<Record<string, (path: string) => string>> = {
  EACCES: notAllowed,
  EPERM: notAllowed,
  EROFS: (path) => `${path} can't be written, because its file system is read-only: ${nameAnother}`,
  ENOSPC: (path) => `${path} can't be written, because the disk is full: free some space, or ${nameAnother}`,
  EDQUOT: (path) =>
    `${path} can't be written, because your quota is used up: free some space, or ${nameAnother}`,
  ENOTDIR: notAFolder,
  EEXIST: notAFolder,
  ENAMETOOLONG: (path) => `${path} is longer than a path may be: ${nameAnother}`,
};

/**
 * Turns the operating system's refusal of a file or folder into a sentence: what, why, and what to do. Other errors stay as they are.
 */
export function explainFileError(error: unknown): Error {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const sentence = sentences[code ?? ''];
  // Programs and sockets are refused with the same codes.
  const isFile = path !== undefined && !/^(spawn|connect|listen|bind)/.test(syscall ?? '');
  if (sentence !== undefined && isFile) return new Error(sentence(path), { cause: error });
  return error instanceof Error ? error : new Error(messageOf(error));
}

function notAllowed(path: string): string {
  const nearest = firstThatExists(path);
  const { uid } = lstatSync(nearest);
  const own = process.getuid?.() ?? uid;
  if (uid === own) return `${path} can't be used: check the permissions of ${nearest}, or ${nameAnother}`;
  const [owner, user] = [nameOf(uid), nameOf(own)];
  return nearest === path
    ? `${path} can't be used, because it belongs to the user ${owner} and you are ${user}: start as ${owner}, ` +
        `take the data folder over with "sudo chown -R ${user} FOLDER", or ${nameAnother}`
    : `${path} can't be created, because ${nearest} belongs to the user ${owner} and you are ${user}: ${nameAnother}`;
}

function notAFolder(path: string): string {
  return `${firstThatExists(path)} is a file or a broken link, not a folder: ${nameAnother}`;
}

function firstThatExists(path: string): string {
  return exists(path) || dirname(path) === path ? path : firstThatExists(dirname(path));
}

/** A link exists even where what it leads to doesn't. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // below a file, or in a folder that may not be entered
    return false;
  }
}

function nameOf(uid: number): string {
  try {
    return execFileSync('id', ['-un', String(uid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    // a user that this machine doesn't know, e.g. from another container
    return String(uid);
  }
}
