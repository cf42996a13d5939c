import type { GateReading, PlannedStep } from '#contracts/strangler/control-plane.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { BothSides } from '../sides/both-sides.js';

/** What a gate is asked about: a hand-over that would begin now. */
export interface Moment {
  capability: string;
  step: PlannedStep;
  sides: BothSides;
  /**
   * True when a hand-over begins if all gates are open, false when somebody only wants to see: then a gate tells what it
   * knows already and does nothing that costs.
   */
  beginning: boolean;
  /** Aborts when the hand-over is not to begin any more: then nobody waits for the answer. */
  signal?: AbortSignal;
}

/** What may hold a hand-over up. A list of them stands before each; one more is one more element of the list. */
export type Gate = (moment: Moment) => Promise<GateReading>;

/** Asks all of them. */
export function readGates(gates: readonly Gate[], moment: Moment): Promise<GateReading[]> {
  return Promise.all(gates.map((gate) => read(gate, moment)));
}

/** Asks one after the other, so that what costs stands last and is asked only where nothing else is in the way. */
export async function firstShut(gates: readonly Gate[], moment: Moment): Promise<GateReading | undefined> {
  for (const gate of gates) {
    const reading = await read(gate, moment);
    if (!reading.open) return reading;
  }
  return undefined;
}

/** One that fails is shut. */
function read(gate: Gate, moment: Moment): Promise<GateReading> {
  return gate(moment).catch((error: unknown) => ({
    ...{ name: 'gate', open: false, figure: 'unknown', limit: 'known' },
    reason: `a gate could not be read: ${messageOf(error)}`,
  }));
}
