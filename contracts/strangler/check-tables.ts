import { z } from 'zod';
import type { Side } from './move.js';

/** A table that can't be replicated exactly: the problem, and the statement or setting that fixes it. */
export const unsafeTableSchema = z.object({ table: z.string(), problem: z.string(), remedy: z.string() });

export const checkTablesAnswerSchema = z.discriminatedUnion('accepted', [
  z.object({ accepted: z.literal(true), unsafe: z.array(unsafeTableSchema) }),
  z.object({ accepted: z.literal(false), message: z.string() }),
]);

export type UnsafeTable = z.infer<typeof unsafeTableSchema>;
export type CheckTablesAnswer = z.infer<typeof checkTablesAnswerSchema>;

/** Answered by the sidecar beside that side, also while its capture is stopped; requests are empty. */
export function checkTablesSubject(capability: string, side: Side): string {
  return `strangler.check-tables.${capability}.${side}`;
}
