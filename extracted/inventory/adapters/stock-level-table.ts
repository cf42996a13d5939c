import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  Op,
  type Sequelize,
  type Transaction,
  UniqueConstraintError,
} from 'sequelize';
import type { StockLevel } from '../domain/stock-level.js';
import type { StockLevels } from '../use-cases/stock-levels.js';

interface StockLevelRow
  extends Model<InferAttributes<StockLevelRow>, InferCreationAttributes<StockLevelRow>>, StockLevel {}

type StockLevelTable = ModelStatic<StockLevelRow>;

/** Stock levels in the service's own schema. */
export function stockLevelsIn(database: Sequelize): StockLevels<Transaction> {
  const table = defineTable(database);
  return {
    find: async (productId) => (await table.findByPk(productId)) ?? undefined,
    list: (after, limit) =>
      table.findAll({
        where: after === undefined ? {} : { productId: { [Op.gt]: after } },
        order: [['productId', 'ASC']],
        limit,
      }),
    lock: async (productIds, transaction) => {
      const rows = await table.findAll({
        where: { productId: [...productIds] },
        order: [['productId', 'ASC']],
        transaction,
        lock: transaction.LOCK.UPDATE,
      });
      return new Map(rows.map((row) => [row.productId, row]));
    },
    add: (level, transaction) => add(table, level, transaction),
    save: (levels, transaction) => save(table, levels, transaction),
  };
}

async function add(table: StockLevelTable, level: StockLevel, transaction: Transaction): Promise<boolean> {
  try {
    await table.create(level, { transaction });
    return true;
  } catch (error) {
    if (error instanceof UniqueConstraintError) return false;
    throw error;
  }
}

/** All in one statement; the rows exist and are locked, so none is ever inserted. */
async function save(
  table: StockLevelTable,
  levels: readonly StockLevel[],
  transaction: Transaction,
): Promise<void> {
  if (levels.length === 0) return;
  const updateOnDuplicate: (keyof StockLevel)[] = ['onHand', 'reserved', 'version', 'updatedAt'];
  await table.bulkCreate([...levels], { updateOnDuplicate, transaction });
}

function defineTable(database: Sequelize): StockLevelTable {
  return database.define<StockLevelRow>('stock_levels', {
    productId: { type: DataTypes.STRING(64), primaryKey: true },
    onHand: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    reserved: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}
