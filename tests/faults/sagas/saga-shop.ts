import { QueryTypes, type Sequelize } from 'sequelize';
import request from 'supertest';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import {
  startTestNotifications,
  type TestNotifications,
} from '../../../extracted/notifications/test/start-test-notifications.js';
import {
  ownAll,
  startParticipants,
  type TestParticipants,
} from '../../../extracted/orders/test/start-participants.js';
import { ordersMigrations } from '../../../migrations/schema/orders/index.js';
import { createTestDatabase, testServers } from '../../support/servers.js';
import { type RunningProgram, startProgram } from '../../support/start-program.js';
import type { Books, BookedStock } from '../books/books.js';
import { readLedger } from '../books/read-ledger.js';
import { readMails } from '../books/read-mails.js';
import { readSide, type Rows, type SideBooks } from '../books/read-side.js';
import type { Interference } from './interfere.js';
import { wideDatabase } from '../../support/wide-limits.js';

/** A shop whose capabilities are all services; orders are a process of their own, which can be killed. */
export interface SagaShop {
  /** Creates a product with stock. */
  stock(productId: string, available: number): Promise<void>;
  /** @param stoppedClock time at which the sagas' clock stands still, in milliseconds */
  startOrders(options: {
    interferences: Interference[];
    stoppedClock?: number;
    halted?: (at: Interference) => void;
  }): Promise<RunningProgram>;
  /** What is still to be done. */
  open(): Promise<string[]>;
  /** @param stockBefore of the products that count */
  books(stockBefore: ReadonlyMap<string, BookedStock>): Promise<Books>;
  stop(): Promise<void>;
}

/** Many orders are placed at once, and none may fail but where a test says so; one card never answers at all. */
const paymentTimeoutMs = 8_000;

export async function startSagaShop(): Promise<SagaShop> {
  const others = await startParticipants(paymentTimeoutMs);
  const notifications = await startTestNotifications({
    natsUrl: others.broker.url,
    providersUrl: others.providers.url,
  });
  const schema = await createTestDatabase('orders');
  const database = connectDatabase(schema.url, 4, wideDatabase);
  await migrateSchema(database, ordersMigrations, createLogger('orders', 'silent'));
  await ownAll(database, 'orders');
  const running: RunningProgram[] = [];
  return {
    stock: async (productId, available) => {
      const price = { amount: 250, currency: 'GBP' };
      const product = request(others.monolith.app).put(`/products/${productId}`);
      await product.send({ name: `Product ${productId}`, price }).expect(201);
      await request(others.inventory.app).put(`/inventory/${productId}`).send({ available }).expect(200);
    },
    startOrders: async ({ interferences, stoppedClock, halted = () => undefined }) => {
      const environment = {
        MYSQL_URL: schema.url,
        NATS_URL: others.broker.url,
        INTERFERENCES: JSON.stringify(interferences),
        ...(stoppedClock === undefined ? {} : { STOPPED_CLOCK: String(stoppedClock) }),
      };
      const main = new URL('./faulty-orders/main.ts', import.meta.url);
      const program = await startProgram(main, environment, ({ halted: at }) => {
        if (at) halted(at as Interference);
      });
      running.push(program);
      return program;
    },
    open: async () => openOf(await readServices(database, others, notifications)),
    books: async (stockBefore) => {
      const services = await readServices(database, others, notifications);
      return {
        orders: [...services.orders.values()],
        charges: await readLedger(others.providers.url),
        payments: [...services.payments.values()],
        stock: services.inventory,
        stockBefore,
        // Mails of other tests are in the same boxes.
        mails: (await readMails(testServers().mailUrl, services.notifications)).mails,
        open: openOf(services),
      };
    },
    stop: async () => {
      await Promise.all(running.map((program) => program.kill()));
      await database.close();
      await Promise.all([others.stop(), notifications.stop(), schema.drop()]);
    },
  };
}

/** The tables of all four services. */
function readServices(
  orders: Sequelize,
  { inventory, payments }: TestParticipants,
  notifications: TestNotifications,
): Promise<SideBooks> {
  const rowsOf =
    (database: Sequelize): Rows =>
    <Row extends object>(sql: string) =>
      database.query<Row>(sql, { type: QueryTypes.SELECT });
  return readSide('service', {
    orders: rowsOf(orders),
    inventory: rowsOf(inventory.database),
    payments: rowsOf(payments.database),
    notifications: rowsOf(notifications.database),
  });
}

function openOf({ open, notifications }: SideBooks): string[] {
  const queued = [...notifications.values()].filter(({ ended }) => !ended);
  return [...open, ...queued.map(({ template, orderId }) => `${template} of order ${orderId}`)];
}
