import type { Connection } from '../database/connect-mysql.js';
import type { HeldOwners } from '../ownership/hold-buckets.js';

/** Where rows are written: a transaction, and who owns what in it. */
export interface WriteInto {
  connection: Connection;
  capability: string;
  /** Ownership rows that the transaction has locked. */
  held: HeldOwners;
}
