import { replayAnswerSchema, type ReplayRequest, replaySubject } from '#contracts/strangler/dead-letter.js';
import { requestJson } from '#platform/messaging/exchange-json.js';
import type { OrderedLog } from '#platform/messaging/ordered-log.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { dropLetter, type NumberedLetter } from './read-letters.js';

/** What became of a letter that was to be replayed. */
export interface Replayed {
  number: number;
  consumer: string;
  /** `known`: it had been handled before. A letter that failed stays. */
  outcome: 'handled' | 'known' | 'failed';
  reason?: string;
}

/** Longest wait for a consumer, in milliseconds. */
const patience = 10_000;

/** Has letters handled by their consumers, one after another; those that are handled are taken out. */
export async function replayLetters(
  letters: OrderedLog,
  chosen: readonly NumberedLetter[],
): Promise<Replayed[]> {
  const replayed: Replayed[] = [];
  for (const letter of chosen) replayed.push(await replay(letters, letter));
  return replayed;
}

async function replay(letters: OrderedLog, { number, consumer, eventId, event }: NumberedLetter) {
  const request: ReplayRequest = { eventId, event };
  try {
    const answer = await requestJson(
      letters.nats,
      replaySubject(consumer),
      request,
      replayAnswerSchema,
      patience,
    );
    if (answer.outcome !== 'failed') await dropLetter(letters, number);
    return { number, consumer, ...answer };
  } catch (error) {
    return { number, consumer, outcome: 'failed' as const, reason: messageOf(error) };
  }
}

/** One line for each. */
export function replayedText({ number, consumer, outcome, reason }: Replayed): string {
  if (outcome === 'handled') return `Letter ${number}: ${consumer} has handled it.`;
  if (outcome === 'known') return `Letter ${number}: ${consumer} had handled it before.`;
  return `Letter ${number}: ${consumer} could not handle it, and it stays: ${reason}`;
}
