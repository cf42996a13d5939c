import type { Side } from '#contracts/strangler/move.js';
import {
  type OwnershipAnswer,
  ownershipAnswerSchema,
  ownershipSubject,
  type ReleaseAnswer,
  releaseAnswerSchema,
  type ReleaseRequest,
  type ReopenAnswer,
  reopenAnswerSchema,
  type ReopenRequest,
  type TakeBackAnswer,
  takeBackAnswerSchema,
  type TakeBackRequest,
  type VetoAnswer,
  vetoAnswerSchema,
  type VetoableRow,
  type VetoRequest,
} from '#contracts/strangler/ownership.js';
import {
  type RetirementAnswer,
  retirementAnswerSchema,
  type RetirementOutcome,
  retirementOutcomeSchema,
  type RetirementRequest,
  retirementSubject,
} from '#contracts/strangler/retirement.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';

/** The sidecars of one capability, as they are asked. Each question fails when nobody answers in time. */
export interface Sidecars {
  rows(side: Side): Promise<OwnershipAnswer>;
  /** Rows as they are under their lock, when no change of them is under way: a plain look may be behind by a moment. */
  lockedRows(side: Side, buckets: readonly number[]): Promise<VetoableRow[]>;
  release(side: Side, request: ReleaseRequest & { patience: number }): Promise<ReleaseAnswer>;
  veto(side: Side, request: VetoRequest): Promise<VetoAnswer>;
  reopen(side: Side, request: ReopenRequest): Promise<ReopenAnswer>;
  /** Gives the other side up for lost, and owns its buckets. */
  takeBack(side: Side, request: TakeBackRequest): Promise<TakeBackAnswer>;
  /** How far that side's part is retired, and who uses it. */
  retirement(side: Side): Promise<RetirementAnswer>;
  retire(side: Side, request: RetirementRequest): Promise<RetirementOutcome>;
}

/** Longest wait for rows, and for a change of rows that may have to wait for a lock, in milliseconds. */
const lookTimeout = 1_000;
const changeTimeout = 4_000;
/** For a look at all that is known of a retirement; nobody waits for that to be served. */
const retirementTimeout = 4_000;
/** Tables are renamed one after the other, each behind the statements that use it. */
const retireTimeout = 30_000;
/** What a release may take beyond its own patience. */
const releaseMargin = 2_000;

/** @param minTimeout shortest wait for an answer, in milliseconds: where a question's own limit is shorter, this one holds */
export function askSidecars(nats: NatsConnection, capability: string, minTimeout = 0): Sidecars {
  const atLeast = (timeout: number) => Math.max(timeout, minTimeout);
  const subject = (question: Parameters<typeof ownershipSubject>[0], side: Side) =>
    ownershipSubject(question, capability, side);
  const release: Sidecars['release'] = (side, request) =>
    requestJson(
      nats,
      subject('release', side),
      request,
      releaseAnswerSchema,
      request.patience + atLeast(releaseMargin),
    );
  return {
    // A release answers what it sees under the lock. No row is owned with epoch 0, so this one releases nothing.
    async lockedRows(side, buckets) {
      const expected = buckets.map((bucket) => ({ bucket, expected: 0 }));
      const request = { handOver: 'a look under the lock', buckets: expected, patience: lookTimeout };
      const { outcome, rows } = await release(side, request);
      if (outcome === 'released') return rows;
      throw new Error(`the ${side}'s rows of ${capability} are held by others and can't be looked at now`);
    },
    release,
    rows: (side) => requestJson(nats, subject('rows', side), {}, ownershipAnswerSchema, atLeast(lookTimeout)),
    veto: (side, request) =>
      requestJson(nats, subject('veto', side), request, vetoAnswerSchema, atLeast(changeTimeout)),
    reopen: (side, request) =>
      requestJson(nats, subject('reopen', side), request, reopenAnswerSchema, atLeast(changeTimeout)),
    takeBack: (side, request) =>
      requestJson(nats, subject('take-back', side), request, takeBackAnswerSchema, atLeast(changeTimeout)),
    retirement: (side) =>
      requestJson(
        nats,
        retirementSubject('look', capability, side),
        {},
        retirementAnswerSchema,
        atLeast(retirementTimeout),
      ),
    retire: (side, request) =>
      requestJson(
        nats,
        retirementSubject('set', capability, side),
        request,
        retirementOutcomeSchema,
        atLeast(retireTimeout),
      ),
  };
}
