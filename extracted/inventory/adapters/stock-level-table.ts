import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  Op,
  type Sequelize,
  UniqueConstraintError,
} from 'sequelize';
import type { Guarded } from '#platform/database/guarded.js';
import { changeIn, selectIn } from '#platform/database/run-statement.js';
import type { StockLevel } from '../domain/stock-level.js';
import type { StockLevels } from '../use-cases/stock-levels.js';

interface StockLevelRow
  extends Model<InferAttributes<StockLevelRow>, InferCreationAttributes<StockLevelRow>>, StockLevel {}

type StockLevelTable = ModelStatic<StockLevelRow>;

/** Stock levels in the service's own schema. */
export function stockLevelsIn(database: Sequelize): StockLevels<Guarded<'inventory'>> {
  const table = defineTable(database);
  return {
    find: async (productId) => (await table.findByPk(productId)) ?? undefined,
    list: (after, limit) =>
      table.findAll({
        where: after === undefined ? {} : { productId: { [Op.gt]: after } },
        order: [['productId', 'ASC']],
        limit,
      }),
    lock: lockLevels,
    add: (level, transaction) => add(table, level, transaction),
    save: saveLevels,
  };
}

async function add(
  table: StockLevelTable,
  level: StockLevel,
  transaction: Guarded<'inventory'>,
): Promise<boolean> {
  try {
    await table.create(level, { transaction });
    return true;
  } catch (error) {
    if (error instanceof UniqueConstraintError) return false;
    throw error;
  }
}

async function lockLevels(
  productIds: readonly string[],
  transaction: Guarded<'inventory'>,
): Promise<Map<string, StockLevel>> {
  if (productIds.length === 0) return new Map();
  const rows = await selectIn<StockLevel>(
    transaction,
    `SELECT product_id AS productId, on_hand AS onHand, reserved, version, updated_at AS updatedAt
     FROM stock_levels WHERE product_id IN (?) ORDER BY product_id FOR UPDATE`,
    [productIds],
  );
  return new Map(rows.map((row) => [row.productId, row]));
}

/** All in one statement; the rows exist and are locked, so none is ever inserted. */
async function saveLevels(levels: readonly StockLevel[], transaction: Guarded<'inventory'>): Promise<void> {
  if (levels.length === 0) return;
  await changeIn(
    transaction,
    `INSERT INTO stock_levels (product_id, on_hand, reserved, version, updated_at) VALUES ?
     ON DUPLICATE KEY UPDATE on_hand = VALUES(on_hand), reserved = VALUES(reserved), version = VALUES(version),
       updated_at = VALUES(updated_at)`,
    [
      levels.map(({ productId, onHand, reserved, version, updatedAt }) => [
        productId,
        onHand,
        reserved,
        version,
        updatedAt,
      ]),
    ],
  );
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
