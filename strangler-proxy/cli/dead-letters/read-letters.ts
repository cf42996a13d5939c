import {
  type DeadLetter,
  deadLetterSchema,
  deadLetterStream,
  deadLetterSubjects,
} from '#contracts/strangler/dead-letter.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { logState, openLog, type OrderedLog, readLog } from '#platform/messaging/ordered-log.js';

/** A letter with the number that people call it by: its place in the stream. */
export interface NumberedLetter extends DeadLetter {
  number: number;
}

const piece = 100;
/** Longest wait for letters that are there, in milliseconds. */
const patience = 1_000;

export function openLetters(nats: NatsConnection): Promise<OrderedLog> {
  return openLog(nats, deadLetterStream, deadLetterSubjects);
}

/** All letters, oldest first; those of one consumer where it is named. */
export async function readLetters(letters: OrderedLog, consumer?: string): Promise<NumberedLetter[]> {
  const state = await logState(letters);
  if (state === undefined || state.lastSequence < state.firstSequence) return [];
  const found: NumberedLetter[] = [];
  const reader = await readLog(letters, state.firstSequence);
  try {
    for (let reached = 0; reached < state.lastSequence;) {
      const entries = await reader.take(piece, patience);
      if (entries.length === 0) break;
      for (const { sequence, data } of entries) {
        const letter = deadLetterSchema.parse(JSON.parse(Buffer.from(data).toString()));
        found.push({ number: sequence, ...letter });
        reached = sequence;
      }
    }
  } finally {
    await reader.close();
  }
  return found.filter((letter) => consumer === undefined || letter.consumer === consumer);
}

/** Takes a letter out, once its event has been handled. */
export async function dropLetter(letters: OrderedLog, number: number): Promise<void> {
  await letters.manager.streams.deleteMessage(letters.stream, number);
}
