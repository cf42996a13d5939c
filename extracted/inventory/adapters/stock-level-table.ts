import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  Op,
  type Sequelize,
} from 'sequelize';
import type { StockLevel } from '../domain/stock-level.js';
import type { StockLevels } from '../use-cases/stock-levels.js';

interface StockLevelRow
  extends Model<InferAttributes<StockLevelRow>, InferCreationAttributes<StockLevelRow>>, StockLevel {}

type StockLevelTable = ModelStatic<StockLevelRow>;

/** Stock levels in the service's own schema. */
export function stockLevelsIn(database: Sequelize): StockLevels {
  const table = defineTable(database);
  return {
    find: async (productId) => (await table.findByPk(productId)) ?? undefined,
    list: (after, limit) =>
      table.findAll({
        where: after === undefined ? {} : { productId: { [Op.gt]: after } },
        order: [['productId', 'ASC']],
        limit,
      }),
  };
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
