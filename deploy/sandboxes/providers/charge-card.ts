import { createHash } from 'node:crypto';
import { type Sequelize, type Transaction, UniqueConstraintError } from 'sequelize';
import type { Charge, ChargeRequest } from '#contracts/shop/provider.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { AppError } from '#platform/errors/app-error.js';
import { type CardBehaviour, cardBehaviour } from './card-behaviour.js';
import { type ChargeTable, toCharge } from './charge-table.js';

/** The provider's books, and how long it holds the answer of a card that never answers in time. */
export interface Ledger {
  database: Sequelize;
  charges: ChargeTable;
  /** Resolves when such a charge is captured after all. @throws when the provider ends before */
  untilLate: () => Promise<unknown>;
}

/**
 * Charges a card once per key; the ledger is what remembers.
 * @returns the charge as it stands, and whether this call made it
 * @throws AppError `idempotency_key_reused`; an error without a name for a card that fails at first
 */
export async function chargeCard(
  ledger: Ledger,
  key: string,
  request: ChargeRequest,
): Promise<{ charge: Charge; created: boolean }> {
  const behaviour = cardBehaviour(request.token);
  if (behaviour.does === 'fail-first') await failFirst(ledger, key, behaviour.calls);
  const opened = await openCharge(ledger, key, request, behaviour);
  if (!opened) return { charge: await findCharge(ledger, key, request), created: false };
  return { charge: behaviour.does === 'hold' ? await captureLate(ledger, key) : opened, created: true };
}

async function findCharge({ charges }: Ledger, key: string, request: ChargeRequest): Promise<Charge> {
  const row = await charges.findOne({ where: { chargeKey: key }, rejectOnEmpty: true });
  if (row.requestHash === null || row.requestHash === hashOf(request)) return toCharge(row);
  throw new AppError('idempotency_key_reused', `A charge of something else has the key ${key}`);
}

/** @returns undefined when there is one with this key already */
async function openCharge(
  { charges }: Ledger,
  key: string,
  { amount, currency, reference, token }: ChargeRequest,
  behaviour: CardBehaviour,
): Promise<Charge | undefined> {
  const now = new Date();
  const entry = { chargeKey: key, amount, currency, reference, createdAt: now, updatedAt: now };
  const requestHash = hashOf({ amount, currency, reference, token });
  try {
    return toCharge(await charges.create({ ...entry, requestHash, ...firstState(behaviour) }));
  } catch (error) {
    if (error instanceof UniqueConstraintError) return undefined;
    throw error;
  }
}

function firstState(behaviour: CardBehaviour) {
  const { last4 } = behaviour;
  if (behaviour.does === 'decline') return { status: 'DECLINED' as const, last4, reason: behaviour.reason };
  const status = behaviour.does === 'hold' ? ('PROCESSING' as const) : ('CAPTURED' as const);
  return { status, last4, reason: null };
}

/** The nightmare of every merchant: the money is taken long after the question was given up. */
async function captureLate({ charges, untilLate }: Ledger, key: string): Promise<Charge> {
  await untilLate().catch((cause: unknown) => {
    throw new AppError('unavailable', `The provider ends while charge ${key} is being processed`, { cause });
  });
  await charges.update(
    { status: 'CAPTURED', updatedAt: new Date() },
    { where: { chargeKey: key, status: 'PROCESSING' } },
  );
  return toCharge(await charges.findOne({ where: { chargeKey: key }, rejectOnEmpty: true }));
}

async function failFirst({ database, charges }: Ledger, key: string, failures: number): Promise<void> {
  if ((await charges.count({ where: { chargeKey: key } })) > 0) return;
  const calls = await runTransaction(database, (transaction) => countCall(database, key, transaction));
  if (calls <= failures) throw new Error(`call ${calls} of charge ${key} fails on purpose`);
}

async function countCall(database: Sequelize, key: string, transaction: Transaction): Promise<number> {
  await database.query(
    'INSERT INTO failed_calls (charge_key, calls) VALUES (?, 1) ON DUPLICATE KEY UPDATE calls = calls + 1',
    { replacements: [key], transaction },
  );
  const [rows] = await database.query('SELECT calls FROM failed_calls WHERE charge_key = ?', {
    replacements: [key],
    transaction,
  });
  return (rows[0] as { calls: number }).calls;
}

function hashOf({ amount, currency, token, reference }: ChargeRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([amount, currency, token, reference]))
    .digest('hex');
}
