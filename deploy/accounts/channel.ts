import type { Side } from '#contracts/strangler/move.js';
import type { BrokerUser } from '../system/shop-accounts.js';
import type { ServiceName } from '../system/service-names.js';

/** A capability on one side. */
export interface Part {
  capability: ServiceName;
  side: Side;
}

/** Subjects that belong together, and the accounts that may use them. Nobody else may. */
export interface Channel {
  /** What one does there, as a row of the matrix: `release buckets`. */
  act: string;
  /** Which of the channels of one act it is; undefined where there is one only. */
  part?: Part | undefined;
  /**
   * `ask`: who subscribes answers to the inbox of whoever publishes. `announce`: who subscribes hears. `register`: who
   * subscribes can be found under a name. `use`: the broker itself answers.
   */
  kind: 'ask' | 'announce' | 'register' | 'use';
  /** As NATS matches them: `*` is one token, `>` at the end is one or more. */
  subjects: readonly string[];
  publish: readonly BrokerUser[];
  subscribe: readonly BrokerUser[];
}

/** The account of the sidecar beside one side's database of a capability. */
export function sidecarOf({ capability, side }: Part): BrokerUser {
  return side === 'monolith' ? 'monolith-sidecar' : `${capability}-sidecar`;
}

export function describePart({ capability, side }: Part): string {
  return `${capability} at the ${side}`;
}
