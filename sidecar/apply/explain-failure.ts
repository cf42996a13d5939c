import type { ChangeMessage, Position } from '#contracts/strangler/change-message.js';
import { encodeRow, type WireRow } from '#contracts/strangler/row-values.js';
import { KeyOrderDiffers } from './apply-chunk.js';
import { TwoOwners } from '../ownership/two-owners.js';
import { RowNotMapped } from './plan-writes.js';
import { isPassing, RowRefused } from './row-refused.js';

/** What stops an applier until somebody mends it. */
export interface Failure {
  /** `row_refused`, `row_not_mapped`, `key_order_differs`, `two_owners`, `database_refused`, or the code of the capture's refusal. */
  code: string;
  message: string;
  /** Where the message that failed leads. */
  position: Position;
  /** Table and row as far as they are known. */
  table?: string;
  row?: WireRow;
}

/** @returns undefined for an error that passes by itself */
export function explainFailure(error: unknown, messages: readonly ChangeMessage[]): Failure | undefined {
  const position = messages.at(-1)?.position;
  if (!position || isPassing(error)) return undefined;
  const { message } = error as Error;
  const advice = ': mend it, and it goes on by itself';
  if (error instanceof RowRefused || error instanceof RowNotMapped) {
    const code = error instanceof RowRefused ? 'row_refused' : 'row_not_mapped';
    return { code, message: message + advice, position, table: error.table, row: encodeRow(error.row) };
  }
  if (error instanceof KeyOrderDiffers) return { code: 'key_order_differs', message, position };
  if (error instanceof TwoOwners) return { code: 'two_owners', message, position };
  return { code: 'database_refused', message: message + advice, position };
}
