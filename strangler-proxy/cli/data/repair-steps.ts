import { setTimeout as sleep } from 'node:timers/promises';
import { otherSide } from '#contracts/strangler/move.js';
import {
  appliedPositionSubject,
  positionSchema,
  rewindAnswerSchema,
  rewindSubject,
} from '#contracts/strangler/rewind-request.js';
import { AppError } from '#platform/errors/app-error.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { confirmDifferences } from '../../control/verify/confirm-differences.js';
import type { Difference, VerifyResult } from '../../control/verify/verify-result.js';
import { notReachable } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import { fillAgain } from './backfill-data.js';
import { lookAtReplication, type ReplicationView } from './look-at-replication.js';
import { planRepair, type Step } from './plan-repair.js';

/** What a repair works with. */
export interface Repair {
  nats: NatsConnection;
  capability: string;
  terminal: Terminal;
  signal: AbortSignal;
  /** Also remove rows that only a replica has: there is no other copy of them. */
  removeExtra: boolean;
}

/** Longest wait until the way of changes is free after a step, in milliseconds. */
const patience = 15_000;
/** Longest wait for a replica to meet rows, in milliseconds. */
const rowPatience = 15_000;
const reason = 'asked for by "strangler data repair"';

const onlyCopy =
  'the owner has no such row, so this is its only copy: bring it back at the owner, or say --remove-extra';

/** Does what brings the stream back. @throws AppError `not_reachable`, `failed` */
export async function takeStep(
  { nats, capability, terminal, signal }: Repair,
  { kind, replica }: Step,
): Promise<void> {
  if (kind === 'rewind') return rewind(nats, capability, otherSide(replica));
  await fillAgain(nats, capability, { to: replica, newChain: true, reason }, terminal, signal);
}

async function rewind(nats: NatsConnection, capability: string, from: 'monolith' | 'service'): Promise<void> {
  try {
    const subject = appliedPositionSubject(capability, otherSide(from));
    const position = await requestJson(nats, subject, {}, positionSchema);
    const request = { position, reason };
    const answer = await requestJson(nats, rewindSubject(capability, from), request, rewindAnswerSchema);
    if (answer.accepted) return;
    throw new AppError(
      'failed',
      `The capture on the ${from} can't go back: ${answer.message} (${answer.code}).`,
    );
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw notReachable(`The changes of the ${from} could not be sent again: ${messageOf(error)}.`, error);
  }
}

/** Looks until nothing is left that a machine could mend, or patience is over. */
export async function lookUntilFree({ nats, capability, signal }: Repair): Promise<ReplicationView> {
  const deadline = Date.now() + patience;
  for (;;) {
    const view = await lookAtReplication(nats, capability);
    if (planRepair(view).length === 0 || Date.now() > deadline || signal.aborted) return view;
    await sleep(500);
  }
}

/**
 * Makes the replicas right: row by row from their owner's rows, or, where there are more than anybody lists, all over.
 * The rows go through the stream, and a replica takes none of a bucket that it owns. Rows that only a replica has are left
 * there unless they may be removed.
 * @returns rows that could not be mended, each with its problem
 */
export async function mendReplicas(
  repair: Repair,
  { differences, more }: VerifyResult,
): Promise<Difference[]> {
  const { nats, capability, terminal, signal } = repair;
  const spared = differences.filter(({ kind }) => kind === 'superfluous' && !repair.removeExtra);
  const left: Difference[] = spared.map((one) => ({ ...one, problem: onlyCopy }));
  // Filling a replica anew would remove them.
  if (more && left.length > 0) return left;
  if (more) {
    for (const replica of new Set(differences.map(({ owner }) => otherSide(owner))))
      await fillAgain(nats, capability, { to: replica, reason }, terminal, signal);
    return [];
  }
  for (const table of new Set(differences.map((one) => one.table))) {
    const wrong = differences.filter((one) => one.table === table && !spared.includes(one));
    if (wrong.length === 0) continue;
    const options = { table, check: false, patience: rowPatience, signal };
    const mended = await confirmDifferences({ nats, capability }, wrong, options);
    const monolithTable = wrong[0]?.monolithTable ?? table;
    left.push(
      ...mended.differences
        .filter(({ problem }) => problem !== null)
        .map((one) => ({ ...one, table, monolithTable })),
    );
  }
  return left;
}
