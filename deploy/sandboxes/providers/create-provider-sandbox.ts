import type { Express } from 'express';
import type { Sequelize } from 'sequelize';
import { idSchema } from '#contracts/http/fields.js';
import { providerEndpoints } from '#contracts/shop/provider.js';
import { toAppError } from '#platform/database/database-errors.js';
import { plain } from '#platform/http/answers.js';
import { AppError } from '#platform/errors/app-error.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
// The ledger itself makes repetition harmless, so no route keeps answers beside it.
import { readRoute as bind, type Route } from '#platform/http/route.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { chargeCard, type Ledger } from './charge-card.js';
import { defineChargeTable } from './charge-table.js';
import { refundCharge, voidCharge } from './end-charge.js';
import { getCharge, listCharges, summariseLedger } from './read-ledger.js';
import { defineSmsTable, listSms, sendSms } from './send-sms.js';

export interface ProviderSandboxOptions {
  database: Sequelize;
  logger: Logger;
  untilLate: Ledger['untilLate'];
}

/** A card provider and an SMS provider that move no money and send nothing, and keep exact books of it. */
export function createProviderSandbox(options: ProviderSandboxOptions): Express {
  const { database, logger } = options;
  return createHttpApp({
    logger,
    routes: [...cardRoutes({ ...options, charges: defineChargeTable(database) }), ...smsRoutes(database)],
    ready: async () => void (await database.query('SELECT 1')),
    explain: (error) => toAppError('Provider sandbox', error),
  });
}

function cardRoutes(ledger: Ledger): Route[] {
  return [
    bind(providerEndpoints.charge, async ({ body, idempotencyKey }) => {
      const { charge, created } = await chargeCard(ledger, requireKey(idempotencyKey), body);
      return plain(charge, created ? 201 : 200);
    }),
    bind(providerEndpoints.getCharge, async ({ params }) =>
      plain(await getCharge(ledger.charges, params.key)),
    ),
    bind(providerEndpoints.refund, async ({ params }) => plain(await refundCharge(ledger, params.key))),
    bind(providerEndpoints.voidCharge, async ({ params }) => plain(await voidCharge(ledger, params.key))),
    bind(providerEndpoints.ledger, async ({ query }) => plain(await listCharges(ledger.charges, query))),
    bind(providerEndpoints.ledgerSummary, async () => plain(await summariseLedger(ledger.database))),
  ];
}

function smsRoutes(database: Sequelize): Route[] {
  const messages = defineSmsTable(database);
  return [
    bind(providerEndpoints.sendSms, async ({ body, idempotencyKey }) => {
      const { sms, created } = await sendSms(messages, requireKey(idempotencyKey), body);
      return plain(sms, created ? 201 : 200);
    }),
    bind(providerEndpoints.listSms, async ({ query }) => plain(await listSms(messages, query))),
  ];
}

function requireKey(idempotencyKey: string | undefined): string {
  const key = idSchema.safeParse(idempotencyKey);
  if (key.success) return key.data;
  throw new AppError(
    'invalid_request',
    'Idempotency-Key must be there, as 1 to 64 characters of A-Z a-z 0-9 . _ -',
  );
}
