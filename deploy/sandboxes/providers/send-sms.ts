import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  Op,
  type Sequelize,
  UniqueConstraintError,
} from 'sequelize';
import { z } from 'zod';
import type { Sms } from '#contracts/shop/provider.js';
import { AppError } from '#platform/errors/app-error.js';
import { decodeCursor, type Page, pageOf } from '#platform/http/page.js';

interface SmsRow extends Model<InferAttributes<SmsRow>, InferCreationAttributes<SmsRow>> {
  entry: CreationOptional<number>;
  messageKey: string;
  recipient: string;
  text: string;
  createdAt: Date;
}

export type SmsTable = ModelStatic<SmsRow>;

export function defineSmsTable(database: Sequelize): SmsTable {
  return database.define<SmsRow>('sms_messages', {
    entry: { type: DataTypes.BIGINT.UNSIGNED, primaryKey: true, autoIncrement: true },
    messageKey: { type: DataTypes.STRING(64), allowNull: false, unique: true },
    recipient: { type: DataTypes.STRING(32), allowNull: false },
    text: { type: DataTypes.TEXT, allowNull: false },
    createdAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}

/**
 * Keeps a message as sent, once per key.
 * @throws AppError `idempotency_key_reused`
 */
export async function sendSms(
  messages: SmsTable,
  key: string,
  { to, text }: { to: string; text: string },
): Promise<{ sms: Sms; created: boolean }> {
  try {
    const row = await messages.create({ messageKey: key, recipient: to, text, createdAt: new Date() });
    return { sms: toSms(row), created: true };
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
  }
  const sent = await messages.findOne({ where: { messageKey: key }, rejectOnEmpty: true });
  if (sent.recipient === to && sent.text === text) return { sms: toSms(sent), created: false };
  throw new AppError('idempotency_key_reused', `Another message has the key ${key}`);
}

/** All messages in the order in which they were sent, to everybody or to one number. */
export async function listSms(
  messages: SmsTable,
  { to, limit, cursor }: { to?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<Sms>> {
  const after = decodeCursor(cursor, z.int().min(0)) ?? 0;
  const rows = await messages.findAll({
    where: { entry: { [Op.gt]: after }, ...(to === undefined ? {} : { recipient: to }) },
    order: [['entry', 'ASC']],
    limit: limit + 1,
  });
  return pageOf(rows, limit, toSms, (row) => Number(row.entry));
}

function toSms(row: SmsRow): Sms {
  return { key: row.messageKey, to: row.recipient, text: row.text, createdAt: row.createdAt.toISOString() };
}
