import type { Sequelize } from 'sequelize';
import type { Logger } from '#platform/telemetry/logger.js';
import type { Turns } from '../flags/turns.js';
import type { OwnerFlags } from '../flags/watch-owner-flags.js';
import type { Gate } from '../gates/gate.js';
import type { StepSizes } from '../plan/plan-steps.js';
import type { Sidecars } from '../sides/ask-sidecars.js';
import type { Bell } from '#platform/resilience/bell.js';

/** How hand-overs are made. Times are milliseconds. */
export interface HandOverSettings {
  stepSizes: StepSizes;
  /** Longest that a release waits for writes in flight. */
  releasePatience: number;
  /** Longest that a grant is waited for before its token is vetoed. */
  grantPatience: number;
  /** End transactions that hold a release up for half of its patience. */
  killBlockers: boolean;
  /** Releases that may give up, and hand-overs that may be given up in a row, before a person is asked. */
  mostFailures: number;
  /** Pause after the first failure; twice as long after each further one. */
  backOff: number;
  /** Between two looks when nothing happens. */
  interval: number;
}

/** Somebody's change of the share, while its flag is set and waited for. */
export interface ShareBeingSet {
  /** Somebody has changed something of the capability meanwhile. */
  lookAgain(): void;
}

/** All that concerns one capability, on a leader and on those that stand by. */
export interface CapabilityParts {
  capability: string;
  database: Sequelize;
  sidecars: Sidecars;
  flags: OwnerFlags;
  /** Sets the flag in Unleash. @throws AppError `not_reachable`, `failed` with what to do */
  setFlag(capability: string, percent: number, reason: string): Promise<void>;
  /** Requests that are just setting the flag: a roll-back does not set it against them. */
  sharesBeingSet: Set<ShareBeingSet>;
  /** Changes of the flag in Unleash, one at a time: what was decided last is set last. */
  flagTurns: Turns;
  gates: readonly Gate[];
  settings: HandOverSettings;
  /** Rung when a flag, or what an operator wants, may have changed. */
  bell: Bell;
  /** Rung when a side says something of its owners. */
  heard: Bell;
  logger: Logger;
}

/** When the pause after so many failures in a row is over. @param now by the journal's clock */
export function backOffAfter({ backOff }: HandOverSettings, failures: number, now: Date): Date {
  return new Date(now.getTime() + backOff * 2 ** Math.min(failures - 1, 6));
}
