import { mkdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A holder renews its lock this often; one that hasn't for `staleAfter` was killed. Milliseconds. */
const renewEvery = 1_000;
const staleAfter = 10_000;

/**
 * Runs `work` while holding a lock that is a folder (creating one is atomic everywhere). Others wait for it.
 * @param {string} folder path that exists only while the lock is held
 * @param {(line: string) => void} say told once when there is somebody to wait for
 * @param {() => Promise<void>} work
 */
export async function withFolderLock(folder, say, work) {
  let told = false;
  while (!take(folder)) {
    if (!told) say('waiting for another program that is preparing this folder ...');
    told = true;
    await sleep(200);
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  const renewal = setInterval(() => renew(folder), renewEvery);
  process.once('exit', release);
  try {
    await work();
  } finally {
    clearInterval(renewal);
    process.removeListener('exit', release);
    release();
  }
}

function take(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeWhenStale(folder);
    return false;
  }
}

/** Renamed first: of several that find it stale, one only succeeds. */
function removeWhenStale(folder) {
  const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age < staleAfter) return;
  const aside = `${folder}.${process.pid}`;
  try {
    renameSync(folder, aside);
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function renew(folder) {
  const now = new Date();
  utimesSync(folder, now, now);
}
