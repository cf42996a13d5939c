import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { endLeftovers } from '#platform/supervision/end-leftovers.js';
import { isSameProcess, processIdentity } from '#platform/supervision/process-identity.js';
import { readProcessRecords } from '#platform/supervision/process-records.js';

/**
 * A folder for this run's servers. What earlier runs left, because they failed or were killed, is removed;
 * runs that still go on are left alone.
 * @param root folder of the repository
 * @param name tells the folders of one run apart
 */
export async function testDataFolder(root: string, name: string): Promise<string> {
  const all = join(root, '.data-test');
  mkdirSync(all, { recursive: true });
  for (const name of readdirSync(all)) await removeIfOver(join(all, name));
  const own = join(all, `${process.pid}-${name.replace(' ', '-')}`);
  mkdirSync(own, { mode: 0o700 });
  return own;
}

async function removeIfOver(folder: string): Promise<void> {
  const record = readProcessRecords(folder);
  if (record === undefined) {
    // It has no servers, or not yet: then its name says who runs.
    if (processIdentity(Number.parseInt(basename(folder), 10)) !== undefined) return;
  } else {
    if (isSameProcess(record.supervisor.pid, record.supervisor.identity)) return;
    await endLeftovers(record, 5_000);
  }
  rmSync(folder, { recursive: true, force: true });
}
