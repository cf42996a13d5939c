import { Op, QueryTypes, type Sequelize } from 'sequelize';
import { z } from 'zod';
import type { Charge, LedgerSummary } from '#contracts/shop/provider.js';
import { AppError } from '#platform/errors/app-error.js';
import { decodeCursor, type Page, pageOf } from '#platform/http/page.js';
import { type ChargeTable, toCharge } from './charge-table.js';

/** @throws AppError `not_found` */
export async function getCharge(charges: ChargeTable, key: string): Promise<Charge> {
  const row = await charges.findOne({ where: { chargeKey: key } });
  if (!row) throw new AppError('not_found', `There is no charge ${key}`);
  return toCharge(row);
}

/** All charges in the order in which they arrived. */
export async function listCharges(
  charges: ChargeTable,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Charge>> {
  const after = decodeCursor(cursor, z.int().min(0)) ?? 0;
  const rows = await charges.findAll({
    where: { entry: { [Op.gt]: after } },
    order: [['entry', 'ASC']],
    limit: limit + 1,
  });
  return pageOf(rows, limit, toCharge, (row) => Number(row.entry));
}

/** What was really charged and given back. */
export async function summariseLedger(database: Sequelize): Promise<LedgerSummary> {
  const rows = await database.query<Record<string, string | number>>(
    `SELECT currency, SUM(amount) AS captured, COUNT(*) AS captures,
            SUM(IF(status = 'REFUNDED', amount, 0)) AS refunded, SUM(status = 'REFUNDED') AS refunds
     FROM charges WHERE status IN ('CAPTURED', 'REFUNDED') GROUP BY currency ORDER BY currency`,
    { type: QueryTypes.SELECT },
  );
  return {
    totals: rows.map((row) => ({
      currency: String(row['currency']),
      captured: Number(row['captured']),
      refunded: Number(row['refunded']),
      captures: Number(row['captures']),
      refunds: Number(row['refunds']),
    })),
  };
}
