import { type Transaction, UniqueConstraintError } from 'sequelize';
import type { Charge } from '#contracts/shop/provider.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Ledger } from './charge-card.js';
import { type ChargeRow, toCharge } from './charge-table.js';

/**
 * Gives a captured charge back; again and again is once.
 * @throws AppError `not_found`; `invalid_state` for a charge that was never captured
 */
export function refundCharge(ledger: Ledger, key: string): Promise<Charge> {
  return runTransaction(ledger.database, async (transaction) => {
    const row = await lockCharge(ledger, key, transaction);
    if (!row) throw new AppError('not_found', `There is no charge ${key}`);
    if (row.status === 'REFUNDED') return toCharge(row);
    if (row.status !== 'CAPTURED') {
      throw new AppError(
        'invalid_state',
        `Charge ${key} is ${row.status}: only a captured one can be refunded`,
      );
    }
    return toCharge(await row.update({ status: 'REFUNDED', updatedAt: new Date() }, { transaction }));
  });
}

/**
 * Makes sure that a charge that is not captured never will be, even if it has yet to arrive.
 * @returns the charge as it stands now: `VOIDED`, or what it had become before
 */
export async function voidCharge(ledger: Ledger, key: string): Promise<Charge> {
  try {
    return await runTransaction(ledger.database, async (transaction) => {
      const row = await lockCharge(ledger, key, transaction);
      if (!row) return toCharge(await createTombstone(ledger, key, transaction));
      if (row.status !== 'PROCESSING') return toCharge(row);
      return toCharge(await row.update({ status: 'VOIDED', updatedAt: new Date() }, { transaction }));
    });
  } catch (error) {
    // The charge has arrived between our look and our tombstone.
    if (error instanceof UniqueConstraintError) return voidCharge(ledger, key);
    throw error;
  }
}

function lockCharge({ charges }: Ledger, key: string, transaction: Transaction): Promise<ChargeRow | null> {
  return charges.findOne({ where: { chargeKey: key }, transaction, lock: transaction.LOCK.UPDATE });
}

function createTombstone({ charges }: Ledger, key: string, transaction: Transaction): Promise<ChargeRow> {
  const now = new Date();
  const nothing = { requestHash: null, amount: 0, currency: 'XXX', reference: '', last4: null, reason: null };
  return charges.create(
    { chargeKey: key, ...nothing, status: 'VOIDED', createdAt: now, updatedAt: now },
    { transaction },
  );
}
