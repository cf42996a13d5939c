import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from './columns.js';

/** Name of the table that a side says its events of a capability in. */
export function outboxTable(capability: string): `${string}_outbox` {
  return `${capability}_outbox`;
}

/**
 * Creates that table; for migrations of both sides. It is the side's own and no part of a move: what one side has said
 * is not said by the other again.
 */
export async function createOutboxTable(schema: QueryInterface, capability: string): Promise<void> {
  await schema.createTable(
    outboxTable(capability),
    {
      /** Numbers are given before the commit: a row may appear behind one with a greater number, of another key. */
      sequence: { type: 'BIGINT UNSIGNED', primaryKey: true, autoIncrement: true },
      event_id: { type: column.id, allowNull: false },
      type: { type: 'VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin', allowNull: false },
      event_key: { type: column.id, allowNull: false },
      epoch: { type: column.count, allowNull: false },
      occurred_at: { type: column.instant, allowNull: false },
      /** JSON. */
      data: { type: DataTypes.TEXT('medium'), allowNull: false },
      /** Where it stands in the stream, and in which; NULL until the broker has it. */
      log_sequence: { type: 'BIGINT UNSIGNED', allowNull: true },
      log_created_at: { type: 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin', allowNull: true },
      published_at: { type: column.instant, allowNull: true },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex(outboxTable(capability), ['log_sequence']);
}

/** Adds the index by which rows of another stream are found; for migrations, behind `createOutboxTable`. */
export async function indexStreamsOfOutbox(schema: QueryInterface, capability: string): Promise<void> {
  await schema.addIndex(outboxTable(capability), ['log_created_at']);
}
