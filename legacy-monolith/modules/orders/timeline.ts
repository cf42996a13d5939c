import {
  type CreationAttributes,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
  type Transaction,
} from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { HeldKeys } from '#platform/database/guarded.js';
import type { ModuleContext } from '../../context/module-context.js';

interface TimelineRow extends Model<InferAttributes<TimelineRow>, InferCreationAttributes<TimelineRow>> {
  /** UUIDv7: entries of the same millisecond keep the order in which they were written. */
  entryId: string;
  orderId: string;
  happenedAt: Date;
  type: TimelineEntry['type'];
  detail: string;
}

export type TimelineTable = ModelStatic<TimelineRow>;

const longestDetail = 500;

export function defineTimelineTable(database: Sequelize): TimelineTable {
  return database.define<TimelineRow>('order_timeline', {
    entryId: { type: DataTypes.STRING(64), primaryKey: true },
    orderId: { type: DataTypes.STRING(64), allowNull: false },
    happenedAt: { type: DataTypes.DATE(3), allowNull: false },
    type: { type: DataTypes.STRING(32), allowNull: false },
    detail: { type: DataTypes.STRING(longestDetail), allowNull: false },
  });
}

/** Takes events of the modules and writes them down. */
export interface TimelineWriter {
  record: ModuleContext['recordEvent'];
  /**
   * Writes a transaction's events in one statement; to be called when its work is done.
   * @param ours which of these orders this side owns, until the transaction ends; others have their timeline elsewhere
   */
  write: (
    transaction: Transaction,
    ours: (orderIds: string[]) => Promise<HeldKeys<'orders'>>,
  ) => Promise<void>;
}

export function createTimelineWriter(database: Sequelize, clock: () => Date): TimelineWriter {
  const timeline = defineTimelineTable(database);
  const recorded = new WeakMap<Transaction, CreationAttributes<TimelineRow>[]>();
  return {
    record: ({ orderId, type, detail, at }, transaction) => {
      const entries = recorded.get(transaction) ?? [];
      const entry = { entryId: uuidv7(), orderId, happenedAt: at ?? clock(), type };
      recorded.set(transaction, [...entries, { ...entry, detail: detail.slice(0, longestDetail) }]);
    },
    write: async (transaction, ours) => {
      const all = recorded.get(transaction) ?? [];
      recorded.delete(transaction);
      if (all.length === 0) return;
      const held = await ours([...new Set(all.map(({ orderId }) => orderId))]);
      const entries = all.filter(({ orderId }) => held.keys.has(orderId));
      if (entries.length > 0) await timeline.bulkCreate(entries, { transaction: held.transaction });
    },
  };
}

/** What happened to an order so far, oldest first. */
export async function readTimeline(timeline: TimelineTable, orderId: string): Promise<TimelineEntry[]> {
  const rows = await timeline.findAll({
    where: { orderId },
    order: [
      ['happenedAt', 'ASC'],
      ['entryId', 'ASC'],
    ],
  });
  return rows.map(({ happenedAt, type, detail }) => ({ at: happenedAt.toISOString(), type, detail }));
}
