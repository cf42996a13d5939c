import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';

/** One order as its customer saw it; times are milliseconds of one steady clock. */
export interface PlacedOrder {
  took: number;
  /** 201: confirmed; 202: accepted, and still being placed when the answer went out. */
  status: number;
}

export interface OrderLoad {
  /** Where orders are sent to. */
  url: string;
  productIds: readonly string[];
  customers: number;
  seconds: number;
}

/** What each order asks for: one to three products, one piece of each. */
const mostItems = 3;

/** Customers that place one order after another, each the next as soon as the one before is answered. */
export async function placeOrders({
  url,
  productIds,
  customers,
  seconds,
}: OrderLoad): Promise<PlacedOrder[]> {
  const pool = new Pool(new URL(url).origin, { connections: customers });
  const placed: PlacedOrder[] = [];
  const until = performance.now() + seconds * 1_000;
  let turn = 0;

  async function order(customer: number): Promise<void> {
    while (performance.now() < until) {
      const startedAt = performance.now();
      const status = await place(pool, customer, choose(productIds, (turn += 1))).catch(() => 0);
      placed.push({ took: performance.now() - startedAt, status });
    }
  }

  try {
    await Promise.all(Array.from({ length: customers }, (_, customer) => order(customer)));
  } finally {
    await pool.close();
  }
  return placed;
}

function choose(productIds: readonly string[], turn: number): string[] {
  return Array.from(
    { length: 1 + (turn % mostItems) },
    (_, item) => productIds[(turn * mostItems + item) % productIds.length] ?? '',
  );
}

async function place(pool: Pool, customer: number, productIds: readonly string[]): Promise<number> {
  const answer = await pool.request({
    method: 'POST',
    path: '/orders',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({
      customerId: `customer-${customer}`,
      items: productIds.map((productId) => ({ productId, quantity: 1 })),
      payment: { type: 'card', token: 'tok_visa' },
      contact: { email: `customer-${customer}@customers.example` },
    }),
  });
  await answer.body.dump();
  return answer.statusCode;
}
