import { type Position, samePosition } from '#contracts/strangler/change-message.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import {
  type RewindAnswer,
  rewindAnswerSchema,
  type RewindRequest,
  rewindSubject,
} from '#contracts/strangler/rewind-request.js';
import { requestJson } from '#platform/messaging/exchange-json.js';
import { logState, type OrderedLog } from '#platform/messaging/ordered-log.js';

/** How long an answer is given to take effect before the same is asked again, in milliseconds. */
const patience = 2_000;

/** Asks the capture for everything after a place, but not again and again. */
export interface RewindAsker {
  /**
   * @returns the capture's answer with the newest entry that was in the stream before it was asked, or undefined
   *   while an earlier request may still take effect
   * @throws when nobody answers
   */
  ask(position: Position, reason: string): Promise<(RewindAnswer & { before: number }) | undefined>;
}

export function rewindAsker(log: OrderedLog, { capability }: Move, source: Side): RewindAsker {
  let asked: { position: Position; at: number } | undefined;
  return {
    async ask(position, reason) {
      if (asked && Date.now() - asked.at < patience && samePosition(asked.position, position))
        return undefined;
      asked = { position, at: Date.now() };
      const before = (await logState(log))?.lastSequence ?? 0;
      const request: RewindRequest = { position, reason };
      const answer = await requestJson(
        log.nats,
        rewindSubject(capability, source),
        request,
        rewindAnswerSchema,
      );
      return { ...answer, before };
    },
  };
}
