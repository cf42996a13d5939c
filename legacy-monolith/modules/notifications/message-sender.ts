/** One message as it leaves the house. */
interface OutgoingMessage {
  /** The same at every attempt, so that who receives it can tell a repetition. */
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
  | { result: 'failed'; cause: unknown };

/** Hands a message over; never throws. */
export type SendMessage = (message: OutgoingMessage) => Promise<SendResult>;
