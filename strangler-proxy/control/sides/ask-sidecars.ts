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
  type VetoAnswer,
  vetoAnswerSchema,
  type VetoRequest,
} from '#contracts/strangler/ownership.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';

/** The sidecars of one capability, as they are asked. Each question fails when nobody answers in time. */
export interface Sidecars {
  rows(side: Side): Promise<OwnershipAnswer>;
  release(side: Side, request: ReleaseRequest & { patience: number }): Promise<ReleaseAnswer>;
  veto(side: Side, request: VetoRequest): Promise<VetoAnswer>;
  reopen(side: Side, request: ReopenRequest): Promise<ReopenAnswer>;
}

/** Longest wait for rows, and for a change of rows that may have to wait for a lock, in milliseconds. */
const lookTimeout = 1_000;
const changeTimeout = 4_000;
/** What a release may take beyond its own patience. */
const releaseMargin = 2_000;

export function askSidecars(nats: NatsConnection, capability: string): Sidecars {
  const subject = (question: Parameters<typeof ownershipSubject>[0], side: Side) =>
    ownershipSubject(question, capability, side);
  return {
    rows: (side) => requestJson(nats, subject('rows', side), {}, ownershipAnswerSchema, lookTimeout),
    release: (side, request) =>
      requestJson(
        nats,
        subject('release', side),
        request,
        releaseAnswerSchema,
        request.patience + releaseMargin,
      ),
    veto: (side, request) =>
      requestJson(nats, subject('veto', side), request, vetoAnswerSchema, changeTimeout),
    reopen: (side, request) =>
      requestJson(nats, subject('reopen', side), request, reopenAnswerSchema, changeTimeout),
  };
}
