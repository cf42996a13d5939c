import { QueryTypes, type Sequelize } from 'sequelize';
import type { Row } from '#contracts/strangler/move.js';
import { inventory } from '../../../migrations/moves/inventory.js';

/** In byte order of ids. Rows of the monolith that a reader has to get right: ids that differ by case, all characters of an id, nothing left, large counts. */
export const stockItems = [
  stockItem('10002', 5, 0, 1, '2010-12-01 08:26:00.000'),
  stockItem('85123A', 7, 3, 12, '2010-12-01 08:26:00.001'),
  stockItem('85123B', 0, 0, 4, '2011-02-28 23:59:59.120'),
  stockItem('85123a', 0, 9, 2, '2010-12-20 16:09:59.999'),
  stockItem('DCGS0058', 2_000_000_000, 0, 1, '2012-02-29 00:00:00.000'),
  stockItem('Z', 1, 1, 1, '2010-12-01 00:00:00.000'),
  stockItem('_x', 2, 1, 1, '2010-12-01 00:00:00.000'),
  stockItem('a-b', 3, 1, 1, '2010-12-01 00:00:00.000'),
  stockItem('a.b', 4, 1, 1, '2010-12-01 00:00:00.000'),
  stockItem('a_b', 5, 1, 4_000_000_000, '2010-12-01 00:00:00.000'),
];

function stockItem(id: string, available: number, reserved: number, version: number, updated: string): Row {
  return { product_id: id, available, reserved, version, updated_at: updated };
}

/** Writes the rows as the monolith keeps them. */
export async function fillMonolith(database: Sequelize): Promise<void> {
  for (const row of stockItems) await insert(database, 'stock_items', row);
}

/** Writes the same rows as replication brings them to the service. */
export async function fillService(database: Sequelize): Promise<void> {
  const [move] = inventory.tables;
  if (!move) throw new Error('the inventory move has no table');
  for (const row of stockItems) await insert(database, move.service.table, move.toService(row));
}

async function insert(database: Sequelize, table: string, row: Row): Promise<void> {
  const columns = Object.keys(row);
  await database.query(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    { replacements: Object.values(row), type: QueryTypes.INSERT },
  );
}
