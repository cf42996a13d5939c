import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from './columns.js';

/** Which events consumers have handled, or put aside. */
export const inboxTable = 'inbox';
/** Where in the stream they are. */
export const inboxPlacesTable = 'inbox_places';

/** Creates both, for all consumers of one schema; for migrations. */
export async function createInboxTables(schema: QueryInterface): Promise<void> {
  await schema.createTable(
    inboxTable,
    {
      consumer: { type: column.id, primaryKey: true },
      event_id: { type: column.id, primaryKey: true },
      /** `handled` or `put-aside`. */
      outcome: { type: column.code, allowNull: false },
      /** Why it was put aside. */
      reason: { type: DataTypes.TEXT, allowNull: true },
      handled_at: { type: column.instant, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex(inboxTable, ['handled_at']);
  await schema.createTable(inboxPlacesTable, {
    consumer: { type: column.id, primaryKey: true },
    log_sequence: { type: 'BIGINT UNSIGNED', allowNull: false },
    log_created_at: { type: 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin', allowNull: false },
    /** What stands there: so it is known whether it still does. */
    event_id: { type: column.id, allowNull: false },
  });
}
