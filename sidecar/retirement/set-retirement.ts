import type { Move, Side } from '#contracts/strangler/move.js';
import { isAtLeast, type RetirementRequest, type RetirementState } from '#contracts/strangler/retirement.js';
import { type Connection } from '../database/connect-mysql.js';
import { changeOwners, connectToChange } from '../ownership/change-owners.js';
import { readOwners } from '../state/owner-rows.js';
import { archiveTables, dropArchives } from './retired-tables.js';
import { readRetirement, writeRetirement } from '../state/retirement-row.js';

/**
 * Brings one side's part of a capability to a state; to ask for one that is reached already changes nothing.
 * @throws with what is in the way; what was begun is then gone on with by asking again
 */
export async function setRetirement(
  url: string,
  move: Move,
  side: Side,
  request: RetirementRequest,
): Promise<void> {
  if (request.state === 'ended') return end(url, move, side, request);
  if (side === 'service')
    throw new Error(`the service's part of ${move.capability} can't be retired: it is where everything goes`);
  const connection = await connectToChange(url);
  try {
    const now = await readRetirement(connection, move.capability);
    if (now === request.state) return;
    checkStep(move.capability, now, request.state);
    if (request.state === 'archived') await archiveTables(connection, move);
    if (request.state === 'dropped') await dropArchives(connection, move);
    await writeRetirement(connection, move.capability, request);
  } finally {
    connection.destroy();
  }
}

/**
 * The point from which there is only forward: no owner changes any more, on either side. It holds all ownership rows, so a
 * release or a grant that is under way comes before it, or sees it.
 */
async function end(url: string, { capability }: Move, side: Side, request: RetirementRequest): Promise<void> {
  const ended = await changeOwners(url, async (connection: Connection) => {
    const rows = await readOwners(connection, capability, 'all', 'exclusive');
    const now = await readRetirement(connection, capability);
    if (isAtLeast(now, 'ended')) return true;
    if (side === 'monolith') checkStep(capability, now, 'ended');
    const wanted = side === 'service' ? 'owned' : 'released';
    const wrong = rows.filter(({ state }) => state !== wanted).map(({ bucket }) => bucket);
    if (wrong.length > 0)
      throw new Error(`bucket ${wrong.join(', ')} of ${capability} is not ${wanted} at the ${side}`);
    await writeRetirement(connection, capability, request);
    return true;
  });
  if (!ended) throw new Error(`the ownership of ${capability} at the ${side} is being written: ask again`);
}

/** Back from `leaving` and `closed`, else one step at a time, forward only. */
function checkStep(capability: string, now: RetirementState, next: RetirementState): void {
  const before: Record<RetirementState, readonly RetirementState[]> = {
    open: ['leaving', 'closed'],
    leaving: ['open', 'closed'],
    closed: ['leaving'],
    ended: ['closed'],
    archived: ['ended'],
    dropped: ['archived'],
  };
  if (!before[next].includes(now))
    throw new Error(`the monolith's part of ${capability} is ${now}, and can't become ${next}`);
}
