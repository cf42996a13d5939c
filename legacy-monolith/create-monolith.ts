import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { requestServers } from '#contracts/shop/request-servers.js';
import { toAppError } from '#platform/database/database-errors.js';
import { forgetOldKeys } from '#platform/database/forget-old-keys.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import type { NatsLink } from '#platform/messaging/link-nats.js';
import { openAsker } from '#platform/messaging/open-asker.js';
import type { RequestRoute, RequestServer } from '#platform/messaging/serve-requests.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import { holdUnmovedKeys } from '#platform/ownership/guard-writes.js';
import { reportOwnersOf } from '#platform/ownership/report-owners.js';
import type { Route } from '#platform/http/route.js';
import type { Shields } from '#platform/resilience/shields.js';
import { repeatTask } from '#platform/resilience/repeat-task.js';
import type { Retirement } from '#platform/retirement/follow-retirement.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { createContext } from './create-context.js';
import { createCatalogue } from './modules/catalogue/index.js';
import { createInventory } from './modules/inventory/index.js';
import { createNotifications, type Senders } from './modules/notifications/index.js';
import { createOrders } from './modules/orders/index.js';
import { createPayments, type PaymentsOptions } from './modules/payments/index.js';

export interface MonolithOptions {
  database: Sequelize;
  logger: Logger;
  /** Connections beside those of the requests, for notes that outlive a request's transaction. */
  own: Sequelize;
  payments: Pick<PaymentsOptions, 'provider' | 'timeoutMs' | 'startStopwatch'>;
  senders: Senders;
  /** Age at which an unfinished call to the payment provider counts as abandoned by a crash, in milliseconds. */
  recoverPaymentsAfterMs: number;
  /** Pause between two looks for those, in milliseconds. */
  recoverEveryMs?: number;
  /** Age at which a reservation or a charge at a service counts as abandoned by a crash, in milliseconds. */
  recoverStockAfterMs: number;
  /** Shortest wait for an answer over NATS, in milliseconds: where a question's own limit is shorter, this one holds. */
  minRequestTimeoutMs?: number;
  /** How long a write waits for the owner of what it changes, in milliseconds. */
  ownerTimeoutMs?: number;
  /** What stands before each other program that is called. */
  shields: Shields;
  /** Which of its capabilities are retired. */
  retirement: Retirement;
  /** Way to the services; without it the monolith works with what it owns. */
  link?: NatsLink | undefined;
  registry?: Registry;
  /** What gateways sign the ids with that they assign. */
  signingKey?: string | undefined;
  clock?: () => Date;
}

/** The shop's application, and the work that it does between requests. */
export interface Monolith {
  app: Express;
  /** What services may ask over NATS. */
  requests: RequestServer;
  /** Begins to send notifications, finish what orders have left to do, and forget old idempotency keys. */
  startWork(): void;
  /** Resolves when the work in progress has ended. */
  stopWork(): Promise<void>;
}

const forgetPauseMs = 60_000;
/** Those that are being moved: each bucket of their keys has one owner. */
const owned = ['inventory', 'payments', 'notifications', 'orders'];

/** Those that this side asks for what it does not own. */
const asked = [requestServers.inventory, requestServers.payments, requestServers.notifications];

/** Wires the modules of the shop into one application on one schema. */
export function createMonolith(options: MonolithOptions): Monolith {
  const { database, logger, registry, own, link, retirement, clock = () => new Date() } = options;
  const abandonedAfterMs = options.recoverStockAfterMs;
  const asker = link && openAsker(link, options.shields, asked, options.minRequestTimeoutMs);
  const ask = asker?.ask;
  const { ownerTimeoutMs = 5_000 } = options;
  const context = createContext({ database, logger, clock, inUse: retirement.inUse, ownerTimeoutMs });
  const catalogue = createCatalogue(context);
  const inventory = createInventory(context, catalogue, { ask, own, recoverAfterMs: abandonedAfterMs });
  const payments = createPayments(context, { ...options.payments, attempts: own, ask, abandonedAfterMs });
  const notifications = createNotifications(context, options.senders, ask);
  const orders = createOrders(context, { catalogue, inventory, payments, notifications });

  const { recoverPaymentsAfterMs: afterMs, recoverEveryMs = 5_000 } = options;
  const recover = () => payments.recover({ afterMs, finishCancellation: orders.finishCancellation });
  const forget = async () => {
    await forgetOldKeys(database, 'catalogue', async (keys, transaction) =>
      holdUnmovedKeys('catalogue', keys, transaction),
    );
    for (const capability of owned.filter(retirement.inUse)) {
      await forgetOldKeys(database, capability, (keys, transaction) =>
        holdKeys(capability, keys, transaction),
      );
    }
    if (retirement.inUse('notifications')) await notifications.forget();
  };
  const work = [
    retirement.following,
    ...notifications.sending,
    ...[inventory, payments, notifications].map(({ finishing }) => finishing),
    repeatTask('recover payments', Math.min(recoverEveryMs, afterMs), recover, logger),
    repeatTask('forget old idempotency keys', forgetPauseMs, forget, logger),
  ];
  const explain = (error: unknown, capability: string) =>
    toAppError(`${capitalised(capability)} service`, error);
  const app = createHttpApp({
    logger,
    routes: [catalogue, orders, inventory, payments, notifications]
      .flatMap(({ routes }) => routes)
      .map((route) => closable(route, retirement)),
    ready: async () => void (await database.query('SELECT 1')),
    explain,
    reportOwners: reportOwnersOf(database, { side: 'monolith', owned, inUse: retirement.inUse }),
    ...(registry ? { registry } : {}),
    signingKey: options.signingKey,
  });
  const requests = {
    name: requestServers.monolith,
    description: 'What the monolith knows alone, and what it owns of the rest',
    routes: [catalogue, inventory, payments, notifications, orders]
      .flatMap((module) => module.requests)
      .map((route) => closableRequest(route, retirement)),
    explain: (error: unknown) => explain(error, 'catalogue'),
    logger,
  };
  return {
    app,
    requests,
    startWork: () => work.forEach((task) => task.start()),
    stopWork: async () => {
      await Promise.all(work.map((task) => task.stop()));
      await notifications.stopWaiting();
      asker?.close();
    },
  };
}

/** Of a capability that is retired nothing is answered but where it is now. */
function closable(route: Route, { enter }: Retirement): Route {
  const { capability, method, path } = route.endpoint;
  return { ...route, enter: () => enter(capability, `${method} ${path}`) };
}

function closableRequest(route: RequestRoute, { enter }: Retirement): RequestRoute {
  const { capability, verb } = route.endpoint;
  return {
    ...route,
    answer: async (request) => {
      enter(capability, `${verb} over NATS`);
      return route.answer(request);
    },
  };
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
