import { createHash } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isSameProcess, processIdentity } from './process-identity.js';
import { writeFileAtomically } from './write-file-atomically.js';

const holder = z.looseObject({ pid: z.number(), identity: z.string() });

/** The process that holds a file, with the facts that it wrote down. */
export type Holder = z.infer<typeof holder>;

export type HoldResult = { release: () => void } | { heldBy: Holder };

/**
 * Creates a file that names this process as the holder of something, e.g. of a data folder or of a port. A file that is not in
 * force is replaced; a file that is damaged is never in force.
 * @param facts what else the file says
 * @param isInForce whether a file that exists counts; by default, while its process is alive
 */
export function holdFile(
  file: string,
  facts: Readonly<Record<string, unknown>>,
  isInForce: (found: Holder) => boolean = isAlive,
): HoldResult {
  const own = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid), ...facts });
  while (!createWith(file, own)) {
    const found = readIfThere(file);
    if (found === undefined) continue;
    const heldBy = holderIn(found);
    if (heldBy !== undefined && isInForce(heldBy)) return { heldBy };
    removeStale(file, found);
  }
  return { release: () => removeIfStill(file, own) };
}

/**
 * Removes the files of processes that are gone, so that a folder of held files does not fill up. Names with a dot are left alone:
 * another process may be about to write them.
 */
export function removeStaleFiles(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => !one.includes('.'))) {
    const file = join(folder, name);
    const found = readIfThere(file);
    const holder = found === undefined ? undefined : holderIn(found);
    if (found !== undefined && (holder === undefined || !isAlive(holder))) removeStale(file, found);
  }
}

/** Is the process that wrote the file still running? */
export function isAlive({ pid, identity }: Holder): boolean {
  return isSameProcess(pid, identity);
}

function holderIn(content: string): Holder | undefined {
  try {
    return holder.parse(JSON.parse(content));
  } catch {
    // Cut short by a power cut: its writer did not survive that.
    return undefined;
  }
}

/**
 * A link appears with its whole content or not at all, unlike a file that is created and then written. Flushed first, so that
 * a power cut leaves no empty file.
 */
function createWith(file: string, content: string): boolean {
  const aside = `${file}.${process.pid}`;
  writeFileAtomically(aside, content, 0o600);
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Only the process that holds the right to remove this very content removes it. Without that, a slow process could remove
 * the file that a quicker one has created in the meantime.
 */
function removeStale(file: string, stale: string): void {
  const right = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  const held = holdFile(right, {});
  if ('heldBy' in held) return;
  removeIfStill(file, stale);
  held.release();
}

function removeIfStill(file: string, content: string): void {
  if (readIfThere(file) === content) rmSync(file, { force: true });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
