import { type ChangeMessage, type Position, wentBackIn } from '#contracts/strangler/change-message.js';
import { appliedPositionSubject, positionSchema } from '#contracts/strangler/rewind-request.js';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import { requestJson } from '#platform/messaging/exchange-json.js';
import { ensureLog, lastEntry, type OrderedLog } from '#platform/messaging/ordered-log.js';

/** Where a reading begins, and behind which entry of the stream its messages go. */
export interface Start {
  position: Position;
  lastSequence: number;
  /** The newest message says that the database has gone back in time, and why it says so. */
  wentBack?: string;
}

/**
 * A capture keeps nothing of its own: it goes on behind the last message in the stream, or, when the stream has
 * none left, at the place that the replica has reached.
 * @param origin identity of this side's database
 * @param wanted a place that the applier asked for; it knows best
 * @throws when the broker, or the sidecar beside the replica, doesn't answer
 */
export async function findStart(
  log: OrderedLog,
  capability: string,
  from: Side,
  origin: string,
  wanted: Position | undefined,
): Promise<Start> {
  const { lastSequence } = await ensureLog(log);
  if (wanted) return { position: wanted, lastSequence };
  const last = await lastEntry(log);
  if (last) {
    const message = JSON.parse(Buffer.from(last.data).toString()) as ChangeMessage;
    // A stream may outlive the database that filled it: then only the replica knows what comes next.
    const wentBack = wentBackIn(message)?.message;
    if (message.position.origin === origin)
      return { position: message.position, lastSequence, ...(wentBack === undefined ? {} : { wentBack }) };
  }
  const subject = appliedPositionSubject(capability, otherSide(from));
  return { position: await requestJson(log.nats, subject, {}, positionSchema), lastSequence };
}
