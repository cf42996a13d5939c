import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Random } from '../load/random.js';

/** What a customer was told in the end of the one order that it asked for. */
export interface Told {
  /** Belongs to this order alone. */
  email: string;
  /** Status of the answer after which it asked no more; undefined where none ever came. */
  status: number | undefined;
  tries: number;
}

/** Customers that give up waiting, and ask again under the same `Idempotency-Key`. */
export interface DoubtfulCustomers {
  /** Resolves when each has been told what became of its order. */
  stop(): Promise<Told[]>;
}

/** Milliseconds between two orders, and between two tries. */
const rest = 300;
/** Least and most milliseconds that they wait for an answer: shops wait for a card provider for less, or for more. */
const wait = [300, 7_000] as const;
/** After this wait nobody has an answer coming, in milliseconds. */
const givesUpAfter = 600_000;

/**
 * Places orders, one after the other by each customer, of which some are charged while nobody waits for the answer any more.
 * @param name is part of the customers' addresses and keys
 */
export function orderInDoubt(
  gateway: string,
  products: readonly string[],
  customers: number,
  name: string,
  random: Random,
): DoubtfulCustomers {
  const pool = new Pool(gateway, { connections: customers });
  const told: Told[] = [];
  let running = true;

  async function come(customer: number): Promise<void> {
    for (let turn = 1; running; turn += 1) {
      const key = `doubt-${name}-${customer}-${turn}`;
      const email = `${key}@customers.example`;
      told.push({ email, ...(await untilTold(key, orderOf(email, random.pick(products)))) });
      await sleep(rest * random.next());
    }
  }

  async function untilTold(key: string, body: string): Promise<Omit<Told, 'email'>> {
    const began = Date.now();
    for (let tries = 1; ; tries += 1) {
      const status = await tryOnce(pool, key, body, random.between(...wait));
      if (status !== undefined || Date.now() - began > givesUpAfter) return { status, tries };
      await sleep(rest);
    }
  }

  const all = Promise.all(Array.from({ length: customers }, (_, customer) => come(customer + 1)));
  return {
    stop: async () => {
      running = false;
      await all;
      await pool.close();
      return told;
    },
  };
}

function orderOf(email: string, productId: string): string {
  return JSON.stringify({
    customerId: 'in-doubt',
    items: [{ productId, quantity: 1 }],
    payment: { type: 'card', token: 'tok_visa' },
    contact: { email },
  });
}

/** @returns the status of an answer that says what became of the order; undefined where it has to be asked again */
async function tryOnce(pool: Pool, key: string, body: string, waitMs: number): Promise<number | undefined> {
  try {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const signal = AbortSignal.timeout(waitMs);
    const answer = await pool.request({ method: 'POST', path: '/orders', headers, body, signal });
    const said = (await answer.body.json()) as { code?: string };
    const { statusCode: status } = answer;
    // 202 is kept under its key: the order itself says what became of it. A provider that was too slow has not decided anything, and can be asked again.
    const again = status === 429 || status >= 500 || said.code === 'request_in_progress';
    return again ? undefined : status;
  } catch {
    return undefined;
  }
}
