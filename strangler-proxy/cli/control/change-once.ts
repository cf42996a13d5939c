import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '#contracts/strangler/control-plane.js';
import { notConfirmed } from '../output/exit-codes.js';
import { AnswerLost } from './ask-leader.js';

/** A change as it was asked for. */
export interface AskedChange {
  capability: string;
  action: string;
  /** Of the capability, as the change names it. */
  version: number;
  reason: string;
  onBehalfOf: string;
}

export interface ChangeToMake<View> {
  asked: AskedChange;
  change(): Promise<View>;
  look(): Promise<View>;
  /** Who asks, as the audit names them. */
  actor(): Promise<string>;
  /** The newest entries of the audit. */
  audit(limit: number): Promise<AuditEntry[]>;
  /** Longest that it is looked for, in milliseconds. */
  patience: number;
}

/** Milliseconds between two looks for it, and how many entries each one reads. */
const lookEvery = 500;
const entriesRead = 200;

/**
 * Makes a change, and looks for it in the audit where its answer is lost: each change has its line there, in the same transaction.
 * @throws AppError `not_confirmed` when nobody can tell, or how it stands can't be asked
 */
export async function changeOnce<View>(making: ChangeToMake<View>): Promise<View> {
  const { change, look, actor, audit, asked, patience } = making;
  const { capability, action } = asked;
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof AnswerLost)) throw error;
    const seeHow = `"npx strangler owner ${capability}" shows how it stands`;
    const isTaken = await waitUntilSeen(patience, async () => {
      const who = await actor();
      return (await audit(entriesRead)).some((entry) => entry.who === who && isOf(entry, asked));
    });
    if (!isTaken)
      throw notConfirmed(
        `${error.message}. Nobody knows whether it takes this ${action} of ${capability}: it may go on with it. ${seeHow}.`,
      );
    return look().catch(() => {
      throw notConfirmed(
        `${error.message}. By the audit it has taken this ${action} of ${capability}, and goes on with it: ${seeHow}.`,
      );
    });
  }
}

/**
 * Looks again and again: what is still being carried out is seen a moment later. A look that fails has seen nothing.
 * @param patience in milliseconds
 * @returns whether it was seen in time
 */
export async function waitUntilSeen(patience: number, look: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + patience;
  for (;;) {
    if (await look().catch(() => false)) return true;
    if (Date.now() > deadline) return false;
    await sleep(Math.min(lookEvery, patience));
  }
}

/** Whether a line of the audit is what was asked for, on the version that it named. */
function isOf(entry: AuditEntry, { capability, action, version, reason, onBehalfOf }: AskedChange): boolean {
  const { version: before } = (entry.before ?? {}) as { version?: unknown };
  const isThis =
    entry.outcome === 'done' && entry.capability === capability && entry.action.split(' ')[0] === action;
  return isThis && before === version && entry.reason === reason && entry.onBehalfOf === onBehalfOf;
}
