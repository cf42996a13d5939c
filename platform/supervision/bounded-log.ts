import { closeSync, copyFileSync, ftruncateSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Bytes after which a log begins anew; one older file is kept, so a process holds at most twice that. */
const largestLog = 10 * 1024 * 1024;

/**
 * Opens a process's log for its standard output and error. The process writes the file itself: a busy or dead supervisor
 * never blocks a line or a request. Opened for appending, so that `boundLog` may cut the file under it.
 * @returns file descriptor, to be closed once the process has it
 */
export function openLog(file: string): number {
  return openSync(file, 'a', 0o600);
}

/**
 * Keeps a log within bounds: copied to `<file>.1` and emptied when too large. Lines written between copy and cut are lost;
 * that takes well under a millisecond, and happens once in 10 MiB.
 */
export function boundLog(file: string, largest = largestLog): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= largest) return;
  copyFileSync(file, `${file}.1`);
  const log = openSync(file, 'r+');
  ftruncateSync(log, 0);
  closeSync(log);
}

/** The last lines of a log, for the console when a process keeps failing. Empty when there is none, or it can't be read. */
export function lastLines(file: string, count: number): string[] {
  try {
    return readLastLines(file, count);
  } catch {
    // The failure that they would explain is reported without them.
    return [];
  }
}

function readLastLines(file: string, count: number): string[] {
  const log = openSync(file, 'r');
  const { size } = fstatSync(log);
  const tail = Buffer.alloc(Math.min(size, 16_384));
  readSync(log, tail, 0, tail.length, size - tail.length);
  closeSync(log);
  return tail.toString('utf8').trimEnd().split('\n').slice(-count);
}
