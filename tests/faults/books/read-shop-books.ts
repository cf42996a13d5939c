import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { Books, BookedStock } from './books.js';
import { differencesOf } from './compare-sides.js';
import { readLedger } from './read-ledger.js';
import { readMails } from './read-mails.js';
import { bookedCapabilities, readSide, type Rows, type SideBooks } from './read-side.js';

/** What was there before the first order that counts. */
export interface Opening {
  /** Of the past: they were paid for elsewhere. */
  orderIds: ReadonlySet<string>;
  stock: ReadonlyMap<string, BookedStock>;
}

/** @returns what the shop has before a run; the monolith owns everything by then */
export async function readOpening(shop: ThrowawayShop): Promise<Opening> {
  const { orders, inventory } = (await readSides(shop)).monolith;
  return { orderIds: new Set(orders.keys()), stock: inventory };
}

/**
 * Reads the books of the side that owns everything by now, of the provider and of the mail server.
 * @returns the books; both sides' open work is in them, and whatever the other side's replicas have otherwise
 */
export async function readShopBooks(shop: ThrowawayShop, owner: Side, opening: Opening): Promise<Books> {
  const sides = await readSides(shop);
  const own = sides[owner];
  const { providerSandbox, mail } = shop.addresses;
  const { mails, unexplained } = await readMails(mail, own.notifications);
  return {
    orders: [...own.orders.values()].filter(({ orderId }) => !opening.orderIds.has(orderId)),
    charges: await readLedger(providerSandbox),
    payments: [...own.payments.values()],
    stock: own.inventory,
    stockBefore: opening.stock,
    mails,
    open: [
      ...(await notOwned(shop, owner)),
      ...sides.monolith.open.map((what) => `at the monolith: ${what}`),
      ...sides.service.open.map((what) => `at the services: ${what}`),
      ...[...own.notifications.values()]
        .filter(({ ended }) => !ended)
        .map(({ template, orderId }) => `${template} of order ${orderId} has not been sent`),
      ...unexplained.map((messageId) => `no notification explains mail ${messageId}`),
      ...differencesOf(owner, own, sides[otherSide(owner)]),
    ],
  };
}

async function readSides(shop: ThrowawayShop): Promise<Record<Side, SideBooks>> {
  return withRows(shop, async (rowsOf) => {
    const services = Object.fromEntries(bookedCapabilities.map((name) => [name, rowsOf(name)]));
    const monolith = Object.fromEntries(bookedCapabilities.map((name) => [name, rowsOf('shop')]));
    return {
      monolith: await readSide('monolith', monolith as Record<(typeof bookedCapabilities)[number], Rows>),
      service: await readSide('service', services as Record<(typeof bookedCapabilities)[number], Rows>),
    };
  });
}

async function notOwned(shop: ThrowawayShop, owner: Side): Promise<string[]> {
  return withRows(shop, async (rowsOf) => {
    const missing: string[] = [];
    for (const capability of bookedCapabilities) {
      const rows = rowsOf(owner === 'monolith' ? 'shop' : capability);
      const sql = `SELECT COUNT(*) AS owned FROM ${capability}_ownership WHERE state = 'owned'`;
      const [found] = await rows<{ owned: number }>(sql);
      const owned = Number(found?.owned);
      if (owned !== 100) missing.push(`the ${owner} owns ${owned} buckets of ${capability} instead of 100`);
    }
    return missing;
  });
}

async function withRows<Result>(
  { mysqlAdminUrl }: ThrowawayShop,
  work: (rowsOf: (schema: string) => Rows) => Promise<Result>,
): Promise<Result> {
  const connection = await createConnection(mysqlAdminUrl);
  try {
    return await work((schema) => async <Row extends object>(sql: string) => {
      await connection.query(`USE ${schema}`);
      return (await connection.query<(Row & RowDataPacket)[]>(sql))[0];
    });
  } finally {
    await connection.end();
  }
}
