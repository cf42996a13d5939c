import {
  type AppliedUpTo,
  appliedUpToSchema,
  appliedUpToSubject,
} from '#contracts/strangler/applied-up-to.js';
import type { Side } from '#contracts/strangler/move.js';
import { listenJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { type BothSides, knowsThatItIsVoid } from '../sides/both-sides.js';
import type { Gate } from './gate.js';

/** The receiving side has all rows: a token opens nothing else. */
export const replicaIsFilled: Gate = async ({ capability, step, sides }) => {
  const answer = sides.answers[step.to];
  const reading = { name: 'replica filled', limit: 'complete' };
  const knows = step.to === 'monolith' || knowsThatItIsVoid(sides);
  if (answer?.filled && knows) return { ...reading, open: true, figure: 'complete', reason: null };
  return {
    ...reading,
    open: false,
    figure: answer ? 'incomplete' : 'unknown',
    reason: answer
      ? whyIncomplete(capability, step.to, sides)
      : `the ${step.to}'s sidecar does not say whether its replica of ${capability} is filled: is it running?`,
  };
};

function whyIncomplete(capability: string, to: Side, { answers }: BothSides): string {
  if (answers[to]?.wentBack)
    return `the database that the ${to}'s replica of ${capability} follows has gone back in time: "npx strangler data repair ${capability}" says what to do`;
  if (to === 'service' && (answers.monolith?.voidUpTo ?? 0) > 0)
    return `the service's side of ${capability} was abandoned: it takes buckets when it is filled again, with "npx strangler data backfill ${capability} --to service --new-chain"`;
  return `the ${to}'s replica of ${capability} is not filled yet: it takes buckets when its backfill is done`;
}

/** No commit that a side has acknowledged can be lost, unless the operator says that the data may be thrown away. */
export function commitsAreDurable(throwAway: boolean): Gate {
  return async ({ capability, sides }) => {
    const found = (['monolith', 'service'] as const).flatMap((side) =>
      (sides.answers[side]?.undurable ?? []).map((setting) => `${side}: ${setting}`),
    );
    const known = sides.answers.monolith !== undefined && sides.answers.service !== undefined;
    const open = known && (throwAway || found.length === 0);
    return {
      name: 'commits durable',
      open,
      figure: !known ? 'unknown' : found.length === 0 ? 'durable' : found.join('; '),
      limit: throwAway ? 'any: the data may be thrown away' : 'durable on both sides',
      reason: open
        ? null
        : `a crash of the machine could lose an acknowledged commit of ${capability}, and so make two owners (${found.join('; ') || 'a side does not answer'}): set sync_binlog=1 and innodb_flush_log_at_trx_commit=1`,
    };
  };
}

/** Knows how far each side's replica of a capability is behind. */
export interface LagWatch {
  /** Milliseconds since what the replica is known to hold was written; undefined while nothing is known. */
  lagOf(capability: string, side: Side): number | undefined;
  close(): void;
}

export function watchLag(
  nats: NatsConnection,
  capabilities: readonly string[],
  onInvalid: (problem: string) => void,
): LagWatch {
  // By clocks of the sidecars up to the announcement, and by our own steady one since: what time it is here decides nothing.
  const heard = new Map<string, { behind: number; at: number }>();
  const stops = capabilities.flatMap((capability) =>
    (['monolith', 'service'] as const).map((side) => {
      const subject = appliedUpToSubject(capability, side);
      const note = ({ appliedAt, writtenAt }: AppliedUpTo) =>
        void heard.set(subject, { behind: appliedAt - writtenAt, at: performance.now() });
      return listenJson(nats, subject, appliedUpToSchema, note, onInvalid);
    }),
  );
  return {
    lagOf(capability, side) {
      const last = heard.get(appliedUpToSubject(capability, side));
      return last && Math.max(0, last.behind) + performance.now() - last.at;
    },
    close: () => {
      for (const stop of stops) stop();
    },
  };
}

/** The token would not have to wait behind much. @param limit milliseconds */
export function replicaKeepsUp(lag: LagWatch, limit: number): Gate {
  return async ({ capability, step }) => {
    const behind = lag.lagOf(capability, step.to);
    const open = behind !== undefined && behind <= limit;
    return {
      name: 'lag',
      open,
      figure: behind === undefined ? 'unknown' : `${Math.round(behind)} ms`,
      limit: `at most ${limit} ms`,
      reason: open
        ? null
        : behind === undefined
          ? `nobody says how far the ${step.to}'s replica of ${capability} is behind: do both sidecars run, and is the replica complete?`
          : `the ${step.to}'s replica of ${capability} is ${Math.round(behind)} ms behind: the hand-over waits until it is at most ${limit} ms`,
    };
  };
}
