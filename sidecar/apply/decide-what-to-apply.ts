import { type ChangeMessage, type Position, samePosition } from '#contracts/strangler/change-message.js';

export interface Decision {
  /** Messages that go on, one after the other, where the replica is. */
  apply: ChangeMessage[];
  /** Messages that the replica has already. */
  dropped: number;
  /** The newest message that fits nowhere behind the last that does: something between is missing. */
  gap?: ChangeMessage;
}

/**
 * Sorts what the stream delivers, for a replica at `place`. Exactly what fits is applied: so repetition, order and loss
 * in the stream can delay a change, but neither skip it nor apply it twice.
 */
export function decideWhatToApply(place: Position, delivered: readonly ChangeMessage[]): Decision {
  const decision: Decision = { apply: [], dropped: 0 };
  let at = place;
  for (const message of delivered) {
    if (samePosition(message.previous, at)) {
      decision.apply.push(message);
      at = message.position;
      delete decision.gap;
    } else if (message.position.chain === at.chain && message.position.seq <= at.seq) {
      decision.dropped += 1;
    } else {
      decision.gap = message;
    }
  }
  return decision;
}

/** A message, with its size as it came. */
export interface SizedMessage {
  message: Pick<ChangeMessage, 'last' | 'changes'>;
  bytes: number;
}

/** Bounds of an unfinished transaction that is held back. */
export interface HeldBounds {
  rows: number;
  bytes: number;
}

/**
 * How many of the messages end with a whole transaction, so that the replica never shows half of one.
 * @param most an unfinished transaction that is larger is applied in pieces after all, rather than held in memory
 */
export function countWhole(messages: readonly SizedMessage[], most: HeldBounds): number {
  const whole = messages.findLastIndex(({ message }) => message.last) + 1;
  const unfinished = messages.slice(whole);
  const rows = unfinished.reduce((sum, { message }) => sum + message.changes.length, 0);
  const bytes = unfinished.reduce((sum, one) => sum + one.bytes, 0);
  return rows > most.rows || bytes > most.bytes ? messages.length : whole;
}
