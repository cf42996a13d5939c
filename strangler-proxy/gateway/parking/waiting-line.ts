import { type Side, otherSide } from '#contracts/strangler/move.js';
import type { BucketOwner } from '#contracts/strangler/ownership.js';
import { guarded } from '#platform/telemetry/guarded.js';

/** A write that waits for an owner. */
export interface Waiting {
  /** Lower came first. */
  readonly arrival: number;
  send(side: Side): void;
}

/** The writes of one bucket that wait, in the order in which they came. */
export interface WaitingLine {
  /** A write that comes now must wait, too: others came before it. */
  readonly busy: boolean;
  /** @param refusedBy the side that has refused it just now */
  join(one: Waiting, refusedBy?: Side): void;
  leave(one: Waiting): void;
  /** One that was sent from here is not refused. @param by the side that answered; undefined where none did */
  settled(one: Waiting, by: Side | undefined): void;
  /** Something has become known of the owner. */
  ownerChanged(): void;
}

/**
 * Sends all that wait as soon as an owner is named. Until then the first in line alone is sent now and then, to
 * either side in turn: what isn't announced is found out all the same, at the price of one refused write.
 * @param ownerNow what is known of the bucket's owner
 * @param pause milliseconds between two such attempts
 */
export function createWaitingLine(ownerNow: () => BucketOwner, pause: () => number): WaitingLine {
  const waiting: Waiting[] = [];
  let scout: Waiting | undefined;
  let refusal: { side: Side; epoch: number } | undefined;
  let next: Side | undefined;
  let timer: NodeJS.Timeout | undefined;

  function insert(one: Waiting): void {
    let at = waiting.length;
    while (at > 0 && (waiting[at - 1]?.arrival ?? 0) > one.arrival) at -= 1;
    waiting.splice(at, 0, one);
  }

  function advance(): void {
    const { owner, epoch } = ownerNow();
    const refusedIt = refusal?.side === owner && refusal?.epoch === epoch;
    if (owner && !refusedIt) return sendAll(owner);
    if (waiting.length === 0 || scout) return stopTimer();
    timer ??= setTimeout(guarded('asking for an owner', sendScout), pause());
  }

  function sendAll(owner: Side): void {
    stopTimer();
    refusal = next = undefined;
    for (const one of waiting.splice(0)) one.send(owner);
  }

  function sendScout(): void {
    stopTimer();
    scout = waiting.shift();
    const side = next ?? otherSide(ownerNow().last);
    next = otherSide(side);
    scout?.send(side);
  }

  function stopTimer(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  function noteRefusal(side: Side): void {
    const { owner, epoch } = ownerNow();
    const again = refusal?.side === side && refusal.epoch === epoch;
    // Named as the owner all the same: it may have become it while it answered.
    next = owner === side && !again ? side : otherSide(side);
    refusal = { side, epoch };
  }

  return {
    get busy() {
      return waiting.length > 0 || scout !== undefined;
    },
    join(one, refusedBy) {
      if (scout === one) scout = undefined;
      if (refusedBy) noteRefusal(refusedBy);
      insert(one);
      advance();
    },
    leave(one) {
      if (scout === one) scout = undefined;
      const at = waiting.indexOf(one);
      if (at !== -1) waiting.splice(at, 1);
      advance();
    },
    settled(one, by) {
      if (scout !== one) return;
      scout = undefined;
      if (by === undefined || waiting.length === 0) return advance();
      refusal = undefined;
      next = by;
      if (ownerNow().owner) advance();
      else sendScout();
    },
    ownerChanged: advance,
  };
}
