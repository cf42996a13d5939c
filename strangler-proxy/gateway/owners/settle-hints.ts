import type { Side } from '#contracts/strangler/move.js';
import type { OwnerMap } from '#platform/ownership/owner-map.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { ProgramAnswer } from './ask-program.js';

/** Milliseconds until a side is asked for its rows: those that it is about to announce settle most hints, and one question all. */
const firstAfter = 150;
const mostAfter = 5_000;

/**
 * Asks a side for its rows whenever something was inferred of what it owns, until it has answered: what is inferred from a
 * write whose key was misread, say, is wrong, and no announcement says so.
 * @param ask the rows of one side, from whoever can tell
 */
export function settleHints(
  map: OwnerMap,
  ask: (side: Side) => Promise<ProgramAnswer>,
): { close: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let after = firstAfter;
  let isAsking = false;
  const stop = map.onChange(askSoon);

  function askSoon(): void {
    if (timer || isAsking || map.hinted().length === 0) return;
    timer = setTimeout(guarded('asking for owners', askNow), after);
    timer.unref();
  }

  async function askNow(): Promise<void> {
    timer = undefined;
    isAsking = true;
    const moment = map.moment();
    try {
      await Promise.all(map.hinted().map((side) => askOne(side, moment)));
    } finally {
      isAsking = false;
      after = map.hinted().length === 0 ? firstAfter : Math.min(after * 2, mostAfter);
      askSoon();
    }
  }

  async function askOne(side: Side, moment: number): Promise<void> {
    const said = await ask(side);
    if (said === 'no-ownership' && side === 'monolith') map.noteUnmoved();
    else if (said && said !== 'no-ownership') map.note(said, moment);
  }

  return {
    close() {
      stop();
      clearTimeout(timer);
    },
  };
}
