import { join } from 'node:path';
import { z } from 'zod';
import { holdFile, removeStaleFiles } from './held-file.js';
import { isPortFree } from './is-port-free.js';
import { privateTemporaryFolder } from './private-folder.js';

/** A port that no other start of this user chooses until it is released, or this process ends. */
export interface ReservedPort {
  release: () => void;
}

/** What a port is in use by: another system, named by its data folder, or any other program. */
export type PortUser = { system: string } | 'another program';

const reservation = z.object({ dataDir: z.string() });

/** Reserves a port if it is free. */
export type TakePort = (port: number) => Promise<ReservedPort | { usedBy: PortUser }>;

/**
 * Reserves ports for a system, each if it is free. A reservation outlives the deaths of the process that listens there: while it
 * is started again, its port stays its own.
 * @param dataDir names the system
 * @param folder where this user's reservations are, a file for each port
 */
export function reservePortsFor(dataDir: string, folder = privateTemporaryFolder('ports')): TakePort {
  removeStaleFiles(folder);
  return async (port) => {
    // Reserved first: two starts that look at the same moment would both find it free.
    const held = holdFile(join(folder, String(port)), { dataDir });
    if ('heldBy' in held) return { usedBy: userIn(held.heldBy) };
    if (await isPortFree(port)) return held;
    held.release();
    return { usedBy: 'another program' };
  };
}

function userIn(facts: unknown): PortUser {
  const { data } = reservation.safeParse(facts);
  return data === undefined ? 'another program' : { system: data.dataDir };
}
