import type { Side } from '#contracts/strangler/move.js';
import type { ProgramAnswer } from './ask-program.js';
import type { CapabilityOwners } from './capability-owners.js';

/** Finds out the home of buckets that is not known, for those who wait for it. */
export interface Inquiry {
  /**
   * Calls back once the home of a bucket is known, or of all buckets where none is named; with false if no program can tell.
   * @returns stops it
   */
  whenKnown(bucket: number | undefined, answer: (known: boolean) => void): () => void;
  /** Sidecars are asked anew: requests wait for their answers, too, and programs may be asked again at once. */
  sidecarsAsked(asked: Promise<unknown>): void;
}

/** Milliseconds after which programs that could not tell are asked again, by the next one who waits. */
const pause = 250;

/** Asks both programs at once; those who come meanwhile share the question. @param ask one side's program */
export function createInquiry(
  owners: CapabilityOwners,
  ask: (side: Side) => Promise<ProgramAnswer>,
): Inquiry {
  const waiting = new Set<() => boolean>();
  let open = 0;
  /** What was asked before sidecars were asked anew is answered too late: something may have been missed since. */
  let round = 0;
  let isAsking = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  owners.onChange(settle);

  /** Answers those whose question is settled. */
  function settle(): void {
    for (const one of [...waiting]) if (one()) waiting.delete(one);
  }

  function begin(): void {
    if (isAsking || performance.now() - askedAt < pause) return;
    isAsking = true;
    const asked = round;
    const moment = owners.map.moment();
    const answers = (['monolith', 'service'] as const).map(async (side) => {
      const said = await ask(side);
      if (asked !== round) return;
      if (said === 'no-ownership' && side === 'monolith') owners.map.noteUnmoved();
      else if (said && said !== 'no-ownership') owners.map.note(said, moment);
    });
    waitFor(
      Promise.allSettled(answers).then(() => {
        if (asked !== round) return;
        isAsking = false;
        askedAt = performance.now();
      }),
    );
  }

  function waitFor(asked: Promise<unknown>): void {
    open += 1;
    void asked.finally(() => {
      open -= 1;
      settle();
    });
  }

  return {
    sidecarsAsked(asked) {
      round += 1;
      isAsking = false;
      askedAt = Number.NEGATIVE_INFINITY;
      if (waiting.size > 0) begin();
      waitFor(asked);
    },
    whenKnown(bucket, answer) {
      begin();
      const one = () => {
        const known = owners.isKnown(bucket);
        if (!known && open > 0) return false;
        answer(known);
        return true;
      };
      if (!one()) waiting.add(one);
      return () => void waiting.delete(one);
    },
  };
}
