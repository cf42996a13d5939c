import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import type { BucketRow } from '#contracts/strangler/ownership.js';
import type { KeysReport } from '#contracts/strangler/verify.js';
import type { Connection } from '../database/connect-mysql.js';
import { grantBuckets } from '../ownership/grant-buckets.js';
import { type HeldOwners, holdBuckets } from '../ownership/hold-buckets.js';
import { TwoOwners } from '../ownership/two-owners.js';
import { applyKeys } from './apply-keys.js';
import { applyChunk } from './apply-chunk.js';
import { type AppliedState, markWentBack, moveApplied } from '../state/applied-state.js';
import { planWrites, type RowsWrite, type Write } from './plan-writes.js';
import type { WriteInto } from './write-into.js';
import { writeRows } from './write-rows.js';

/** What was committed besides rows. */
export interface Outcome {
  /** Rows of the buckets that this side owns from now on. */
  granted: BucketRow[];
  /** What became of keys that were asked for. */
  reports: KeysReport[];
}

/** Somebody else has moved the replica's place: nothing was applied. */
export class PlaceMoved extends Error {}

/**
 * Applies messages that follow on the replica's place: rows, tokens, progress of a backfill and the new place in one
 * transaction.
 * @param log entry of the stream that the last message came in
 * @returns what others want to know of it, once it is committed
 * @throws PlaceMoved, RowNotMapped, RowRefused, KeyOrderDiffers, TwoOwners, or an error of the connection; then nothing has changed
 */
export async function applyMessages(
  connection: Connection,
  move: Move,
  replica: Side,
  state: AppliedState,
  messages: readonly [ChangeMessage, ...ChangeMessage[]],
  log: { createdAt: string; sequence: number },
  oneByOne = false,
): Promise<Outcome> {
  const { capability } = move;
  const writes = planWrites(move, replica, messages);
  const to = (messages.at(-1) ?? messages[0]).position;
  await connection.beginTransaction();
  try {
    if (!(await moveApplied(connection, capability, state, to, log))) {
      throw new PlaceMoved(`another applier has moved ${capability}`);
    }
    const outcome = await applyWrites(connection, move, replica, state, writes, oneByOne);
    await connection.commit();
    return outcome;
  } catch (error) {
    await connection.rollback().catch(() => undefined);
    throw error;
  }
}

/** In the order of the stream, which decides what a grant has seen. */
async function applyWrites(
  connection: Connection,
  move: Move,
  replica: Side,
  { filled }: AppliedState,
  writes: readonly Write[],
  oneByOne: boolean,
): Promise<Outcome> {
  const { capability } = move;
  const held = await holdOwners(connection, capability, writes);
  const into: WriteInto = { connection, capability, held };
  const granted: BucketRow[] = [];
  const reports: KeysReport[] = [];
  for (const write of writes) {
    if (write.kind === 'chunk') await applyChunk(into, move, replica, write, oneByOne);
    else if (write.kind === 'keys') reports.push(await applyKeys(into, replica, write.table, write.signal));
    else if (write.kind === 'went-back') await markWentBack(connection, capability);
    else if (write.kind === 'tokens') {
      // A replica that was not complete before has not got every write that came before its token.
      if (filled) granted.push(...(await grantBuckets(connection, capability, write.tokens, held)));
    } else {
      refuseOwned(capability, write, held);
      await writeRows(into, write, oneByOne);
    }
  }
  return { granted, reports };
}

/** Keeps the owners of all that is written as they are until the commit, with one statement. */
function holdOwners(
  connection: Connection,
  capability: string,
  writes: readonly Write[],
): Promise<HeldOwners> {
  const buckets = new Set<number>();
  let tokens = false;
  for (const write of writes) {
    if (write.kind === 'tokens') {
      tokens = true;
      for (const { bucket } of write.tokens) buckets.add(bucket);
    } else if ('buckets' in write) {
      for (const bucket of write.buckets) buckets.add(bucket);
    }
  }
  // A grant would have to make more of a shared lock, which can end in a deadlock with a veto.
  return holdBuckets(connection, capability, [...buckets], tokens ? 'exclusive' : 'shared');
}

function refuseOwned(capability: string, { target, buckets }: RowsWrite, held: HeldOwners): void {
  const contested = [...buckets].filter((bucket) => held.get(bucket)?.state === 'owned');
  if (contested.length > 0) throw new TwoOwners(capability, target.table, contested);
}
