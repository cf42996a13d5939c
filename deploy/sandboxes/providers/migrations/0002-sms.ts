import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0002-sms';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable(
    'sms_messages',
    {
      entry: { type: 'BIGINT UNSIGNED', primaryKey: true, autoIncrement: true },
      message_key: { type: column.id, allowNull: false, unique: true },
      recipient: { type: column.code, allowNull: false },
      text: { type: DataTypes.TEXT, allowNull: false },
      created_at: { type: column.instant, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex('sms_messages', ['recipient', 'entry']);
}
