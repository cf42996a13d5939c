import type { GateReading, PlannedStep } from '#contracts/strangler/control-plane.js';
import { readCompletion } from '../complete/completion.js';
import { firstShut } from '../gates/gate.js';
import type { Leader } from '../fence/fence.js';
import { type CapabilityState, readState } from '../journal/read-journal.js';
import { overtaken, whileItStands } from '../leadership/while-it-stands.js';
import { askBothSides, type BothSides } from '../sides/both-sides.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { wantedShare } from './wanted-share.js';

/** A hand-over that is to begin, and what it was decided on. */
export interface Decided {
  state: CapabilityState;
  percent: number;
  step: PlannedStep;
  sides: BothSides;
}

/** What the gates have said: `shut` names the first that is; else both sides, as they were at last. */
export type Passed = { shut: GateReading } | { sides: BothSides } | typeof overtaken;

/**
 * Asks the gates, for as long as the hand-over is still wanted: one of them compares all rows, which may take minutes.
 * After that the others have to be open still.
 */
export function passGates(
  parts: CapabilityParts,
  leader: Leader,
  signal: AbortSignal,
  decided: Decided,
): Promise<Passed> {
  const { capability, gates, settings, sidecars } = parts;
  return whileItStands(
    parts,
    leader,
    signal,
    () => isStillWanted(parts, decided),
    async (still) => {
      const { step, sides } = decided;
      const asked = performance.now();
      const shut = await firstShut(gates, { capability, step, sides, beginning: true, signal: still });
      if (shut) return { shut };
      if (performance.now() - asked < settings.interval) return { sides };
      const now = await askBothSides(sidecars);
      const shutNow = await firstShut(gates, { capability, step, sides: now, beginning: false });
      return shutNow ? { shut: shutNow } : { sides: now };
    },
  );
}

async function isStillWanted(parts: CapabilityParts, { state, percent }: Decided): Promise<boolean> {
  const { database, capability, flags } = parts;
  const [now, completion] = await Promise.all([
    readState(database, capability),
    readCompletion(database, capability),
  ]);
  if (now.version !== state.version || completion !== undefined) return false;
  return wantedShare(now, flags.of(capability), false).percent === percent;
}
