import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { type Side } from '#contracts/strangler/move.js';
import {
  type OwnershipAnswer,
  ownerOf,
  ownershipAnswerSchema,
  ownershipSubject,
} from '#contracts/strangler/ownership.js';
import type { WireValue } from '#contracts/strangler/row-values.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import { messageOf } from '#platform/telemetry/message-of.js';

/** Values of a primary key; null is the table's start or end. */
export type Bound = WireValue[] | null;

/** What talks to the sidecars of one capability. */
export interface Asker {
  nats: NatsConnection;
  capability: string;
}

/** Nothing can be said, and why, with what to do about it. */
export class CanNotVerify extends Error {}

/** Longest wait for one answer, in milliseconds. */
const answerTimeout = 15_000;
/** A sidecar that takes over from another is silent for a moment: times that it is asked, and the wait between. */
const attempts = 4;
const betweenAttempts = 1_000;

/**
 * Asks a side's sidecar for what it has, again when nobody answers.
 * @param subject of the question
 * @param schema of an answer that says whether it is one
 * @throws CanNotVerify
 */
export function askSide<Schema extends z.ZodType<{ accepted: boolean }>>(
  asker: Asker,
  side: Side,
  subject: string,
  request: unknown,
  schema: Schema,
): Promise<Extract<z.output<Schema>, { accepted: true }>> {
  return patiently(asker, side, async () => {
    const answer = await requestJson(asker.nats, subject, request, schema, answerTimeout);
    if (answer.accepted) return answer as Extract<z.output<Schema>, { accepted: true }>;
    throw new Error((answer as unknown as { message: string }).message);
  });
}

/** What both sides say of who owns the buckets, and of their replicas. @throws CanNotVerify */
export async function askOwners(asker: Asker): Promise<Record<Side, OwnershipAnswer>> {
  const ask = (side: Side): Promise<OwnershipAnswer> =>
    patiently(asker, side, () =>
      requestJson(asker.nats, ownershipSubject('rows', asker.capability, side), {}, ownershipAnswerSchema),
    );
  const [monolith, service] = await Promise.all([ask('monolith'), ask('service')]);
  return { monolith, service };
}

async function patiently<Answer>(
  { capability }: Asker,
  side: Side,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  let problem = '';
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) await sleep(betweenAttempts);
    try {
      return await ask();
    } catch (error) {
      problem = messageOf(error);
    }
  }
  throw new CanNotVerify(
    `the sidecar beside the ${side} can't say what it has of ${capability}: ${problem}. ` +
      'Is it running, and its database there? "strangler ps" shows processes, their logs say more',
  );
}

/** Whose rows of a bucket count, by what both sides say: the owner's, and between two owners the last one's. */
export function lastOwner(said: Record<Side, OwnershipAnswer>, bucket: number): Side {
  const rowOf = (side: Side) => said[side].rows.find((row) => row.bucket === bucket);
  const [monolith, service] = [rowOf('monolith'), rowOf('service')];
  return ownerOf({ ...(monolith ? { monolith } : {}), ...(service ? { service } : {}) }).last;
}
