import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

/** Creates the table that a service's sagas are kept in; for migrations. */
export async function createSagaTables(schema: QueryInterface): Promise<void> {
  const words = 'VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin';
  await schema.createTable(
    'sagas',
    {
      saga_id: { type: column.id, primaryKey: true },
      saga: { type: words, allowNull: false },
      /** What no other saga may work on at the same time; NULL, which a unique key does not compare, once it has ended. */
      subject: {
        type: 'VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin',
        allowNull: true,
        unique: true,
      },
      status: { type: column.code, allowNull: false },
      /** By name, so that a newer definition with further steps finds its place. */
      step: { type: words, allowNull: false },
      calls: { type: column.code, allowNull: false },
      failures: { type: column.count, allowNull: false },
      /** When the step's turn came, in milliseconds since 1970. */
      since: { type: DataTypes.BIGINT, allowNull: false },
      /** JSON of what took the saga back, or of the step's first failure. */
      reason: { type: DataTypes.TEXT, allowNull: true },
      last_error: { type: DataTypes.TEXT, allowNull: true },
      data: { type: DataTypes.TEXT('medium'), allowNull: false },
      /** Grows with each writing, and each names the one that it follows: an instance that was overtaken can't write. */
      revision: { type: column.count, allowNull: false },
      not_before: { type: column.instant, allowNull: false },
      /** Until then an instance works on it; NULL while nobody does. */
      leased_until: { type: column.instant, allowNull: true },
      created_at: { type: column.instant, allowNull: false },
      updated_at: { type: column.instant, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex('sagas', ['status', 'not_before']);
}

/** Adds when a saga ended, so that what is old is found by an index; for migrations, behind `createSagaTables`. */
export async function keepEndsOfSagas(schema: QueryInterface): Promise<void> {
  await schema.sequelize.query(
    `ALTER TABLE sagas ADD COLUMN ended_at ${column.instant} NULL, ADD INDEX sagas_ended_at (ended_at)`,
  );
}
