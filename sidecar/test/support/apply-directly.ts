import type { ChangeMessage, ChunkSignal, RowChange, Signal } from '#contracts/strangler/change-message.js';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import type { BucketRow } from '#contracts/strangler/ownership.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { applyMessages } from '../../apply/apply-messages.js';
import { loadApplied } from '../../state/applied-state.js';
import { type Connection, quoteName, selectRows } from '../../database/connect-mysql.js';
import type { Replication } from './replication.js';

/** Applies messages to one side's database with no stream between. */
export interface DirectApplier {
  /** One message each, one transaction for all. @returns what was granted */
  apply(...messages: { changes?: RowChange[]; signals?: Signal[] }[]): Promise<BucketRow[]>;
  setFilled(filled: boolean): Promise<void>;
  setOwner(
    bucket: number,
    row: { state: 'owned' | 'released'; epoch: number; vetoed?: number },
  ): Promise<void>;
  owner(bucket: number): Promise<{ state: string; epoch: number; vetoed: number }>;
}

export function applyDirectly({ move }: Replication, side: Side, connection: Connection): DirectApplier {
  const owners = quoteName(ownershipTable(move.capability));
  return {
    async apply(...messages) {
      const state = await loadApplied(connection, move.capability);
      let place = state.position;
      const chained = messages.map(({ changes = [], signals = [] }): ChangeMessage => {
        const previous = place;
        place = { ...place, seq: place.seq + 1, origin: 'test', gtid: `0-1-${place.seq + 1}` };
        const { capability } = move;
        const from = otherSide(side);
        return {
          capability,
          from,
          run: 'test',
          previous,
          position: place,
          last: true,
          committedAt: 0,
          changes,
          signals,
        };
      });
      const [first, ...others] = chained;
      if (!first) return [];
      const log = { createdAt: 'test', sequence: place.seq };
      return (await applyMessages(connection, move, side, state, [first, ...others], log)).granted;
    },
    async setFilled(filled) {
      await loadApplied(connection, move.capability);
      await connection.query('UPDATE strangler_applied SET filled = ? WHERE capability = ?', [
        filled ? 1 : 0,
        move.capability,
      ]);
    },
    async setOwner(bucket, { state, epoch, vetoed = 0 }) {
      await connection.query(`UPDATE ${owners} SET state = ?, epoch = ?, vetoed = ? WHERE bucket = ?`, [
        state,
        epoch,
        vetoed,
        bucket,
      ]);
    },
    async owner(bucket) {
      const [row] = await selectRows<{ state: string; epoch: number; vetoed: number }>(
        connection,
        `SELECT state, epoch, vetoed FROM ${owners} WHERE bucket = ?`,
        [bucket],
      );
      if (!row) throw new Error(`no row for bucket ${bucket}`);
      return row;
    },
  };
}

/** The monolith's stock as the stream carries it. */
export function stock(product_id: string, available: number): RowChange {
  const after = { product_id, available, reserved: 0, version: 1, updated_at: '2024-05-06 07:08:09.123' };
  return { table: 'stock_items', op: 'insert', after };
}

/** All of a table in one chunk. */
export function wholeTable(
  table: string,
  rows: ChunkSignal['rows'],
  epochs: Record<number, number>,
): ChunkSignal {
  return {
    kind: 'chunk',
    id: 'test',
    table,
    after: null,
    upTo: null,
    rows,
    changed: [],
    keyOrder: 'varchar ascii_bin',
    epochs: Array.from({ length: 100 }, (_, index) => epochs[index + 1] ?? 1),
  };
}
