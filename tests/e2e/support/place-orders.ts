import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** An order that its customer was told of. */
export interface PlacedOrder {
  orderId: string;
  key: string;
}

/** Customers that place orders, each tried again under its key until it is answered for good. */
export interface Customers {
  placed(): number;
  /** Resolves when each customer has its answer. @throws with all that was answered otherwise than it must be */
  stop(): Promise<PlacedOrder[]>;
}

/** Between two orders, and between two tries, in milliseconds. */
const rest = 100;

/** @param productIds with stock enough for all that is ordered */
export function placeOrders(gateway: string, productIds: readonly string[], customers: number): Customers {
  const orders: PlacedOrder[] = [];
  const complaints: string[] = [];
  let running = true;

  async function come(customer: number): Promise<void> {
    for (let turn = customer; running; turn += 1) {
      const key = randomUUID();
      const productId = productIds[turn % productIds.length] ?? '';
      const body = JSON.stringify({
        customerId: `customer-${customer}`,
        items: [{ productId, quantity: 1 }],
        payment: { type: 'card', token: 'tok_visa' },
        contact: { email: `customer-${customer}@customers.example` },
      });
      const orderId = await untilAnswered(key, body);
      if (orderId !== undefined) orders.push({ orderId, key });
      await sleep(rest);
    }
  }

  async function untilAnswered(key: string, body: string): Promise<string | undefined> {
    for (;;) {
      const answer = await post(key, body);
      if (answer?.status === 201) return answer.orderId;
      // While a database is away nobody knows, and the client is told to try again.
      if (answer !== undefined && answer.status < 500 && answer.status !== 409) {
        complaints.push(`${key} was answered ${answer.status} ${answer.text}`);
        return undefined;
      }
      await sleep(rest);
    }
  }

  async function post(key: string, body: string) {
    try {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const response = await fetch(new URL('/orders', gateway), { method: 'POST', headers, body });
      const text = await response.text();
      const orderId = response.status === 201 ? (JSON.parse(text) as { orderId: string }).orderId : '';
      return { status: response.status, text, orderId };
    } catch {
      return undefined;
    }
  }

  const all = Promise.all(Array.from({ length: customers }, (_, customer) => come(customer)));
  return {
    placed: () => orders.length,
    stop: async () => {
      running = false;
      await all;
      if (complaints.length > 0) throw new Error(complaints.join('\n'));
      return orders;
    },
  };
}
