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

/**
 * How many of the messages end with a whole transaction, so that the replica never shows half of one.
 * @param mostRows an unfinished transaction that is larger is applied in pieces after all, rather than held in memory
 */
export function countWhole(messages: readonly ChangeMessage[], mostRows: number): number {
  const whole = messages.findLastIndex(({ last }) => last) + 1;
  const unfinished = messages.slice(whole).reduce((rows, { changes }) => rows + changes.length, 0);
  return unfinished > mostRows ? messages.length : whole;
}
