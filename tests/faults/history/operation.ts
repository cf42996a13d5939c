/** Something that a client asks of the shop. */
export type Command =
  | { kind: 'decrease' | 'increase'; productId: string; quantity: number }
  | { kind: 'order'; items: readonly { productId: string; quantity: number }[]; token: string }
  | { kind: 'cancel'; orderId: string }
  | { kind: 'read'; productId: string };

/** One try to get an answer. Times are milliseconds of one steady clock. */
export interface Attempt {
  startedAt: number;
  endedAt: number;
  /** Status of the answer; undefined where none came. */
  status: number | undefined;
  /** `code` of a problem, or what became of the connection. */
  problem: string | undefined;
  servedBy: string | undefined;
}

/** A command with all that became of it. */
export interface Operation {
  client: number;
  /** Its `Idempotency-Key`; the same in every attempt. */
  key: string;
  command: Command;
  attempts: Attempt[];
  /** The answer that ended it: one that says what happened. Undefined if none ever came. */
  answer: { status: number; body: Record<string, unknown> } | undefined;
}

export function startOf({ attempts }: Operation): number {
  return attempts[0]?.startedAt ?? 0;
}

export function endOf({ attempts }: Operation): number {
  return attempts.at(-1)?.endedAt ?? 0;
}
