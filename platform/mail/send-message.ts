/** One message as it leaves the house. */
export interface OutgoingMessage {
  /** The same at every attempt, by whichever side, so that the receiver can tell a repetition. */
  id: string;
  to: string;
  subject: string;
  body: string;
}

/** What became of an attempt. */
export type SendResult =
  | { result: 'sent' }
  /** The other side will never take it: no further attempt. */
  | { result: 'refused'; reason: string }
  /** Not now. */
  | { result: 'failed'; cause: unknown }
  /** It was handed over whole, and there is no answer: it may have been taken. */
  | { result: 'unanswered'; cause: unknown };

/** A message that was handed over whole, and whose answer takes its time. */
export interface WaitingReply {
  result: 'waiting';
  reply: Promise<SendResult>;
  /** Ends the waiting: the reply is `unanswered` then. */
  stop: () => void;
}

/** Hands a message over, within 25 seconds; never throws. */
export type SendMessage = (message: OutgoingMessage) => Promise<SendResult | WaitingReply>;

/** Longest time that an answer is waited for, with a margin, in milliseconds: nobody else sends before it is over. */
export const longestWaitMs = 11 * 60_000;

/** How many attempts without an answer are made: each may be a copy in the customer's mailbox. */
const maxUnanswered = 3;
const firstPauseMs = 15 * 60_000;

/**
 * The pause before an unanswered message is sent again, in milliseconds: 15 minutes, then 30.
 * @param unanswered attempts without an answer, the last one included
 * @returns undefined if it is not sent again
 */
export function pauseAfterUnanswered(unanswered: number): number | undefined {
  return unanswered < maxUnanswered ? firstPauseMs * 2 ** (unanswered - 1) : undefined;
}
