import { z } from 'zod';

/** Where events are put aside that a consumer could not handle; kept until somebody replays them. */
export const deadLetterStream = 'strangler-dead-letters';
export const deadLetterSubjects = 'strangler.dead-letters.>';

export function deadLetterSubject(consumer: string): string {
  return `strangler.dead-letters.${consumer}`;
}

export const deadLetterSchema = z.object({
  /** Who could not handle it. */
  consumer: z.string(),
  eventId: z.string(),
  /** As it stood in the stream: a text where that was no event at all. */
  event: z.unknown(),
  /** The last failure. */
  reason: z.string(),
  tries: z.int(),
  putAsideAt: z.iso.datetime(),
});

export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Asks a consumer to handle once more what it has put aside. */
export const replayRequestSchema = deadLetterSchema.pick({ eventId: true, event: true });

export const replayAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('handled') }),
  /** It had been handled before. */
  z.object({ outcome: z.literal('known') }),
  z.object({ outcome: z.literal('failed'), reason: z.string() }),
]);

export type ReplayRequest = z.infer<typeof replayRequestSchema>;
export type ReplayAnswer = z.infer<typeof replayAnswerSchema>;

/** Answered by every instance of a consumer; the inbox lets one of them do it. */
export function replaySubject(consumer: string): string {
  return `strangler.replay.${consumer}`;
}
