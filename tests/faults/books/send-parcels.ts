import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Random } from '../load/random.js';

/** Somebody who sends confirmed orders, and hears later that some have arrived. */
export interface ParcelClerk {
  /** Ends after the parcel in hand. @returns how many were sent */
  stop(): Promise<number>;
}

interface Listed {
  orderId: string;
  version: number;
}

const pauseMs = 400;
const toShip = ['CONFIRMED', 'ship'] as const;
const toDeliver = ['SHIPPED', 'deliver'] as const;

/** Sends one order in a while, and says of one in a while that it has arrived; the gateway may be away meanwhile. */
export function sendParcels(gateway: string, random: Random): ParcelClerk {
  const pool = new Pool(gateway, { connections: 2 });
  const ending = new AbortController();
  let sent = 0;

  async function work(): Promise<void> {
    while (!ending.signal.aborted) {
      await sleep(pauseMs * random.next(), undefined, { signal: ending.signal }).catch(() => undefined);
      const [status, act] = random.next() < 0.6 ? toShip : toDeliver;
      const orders = await list(pool, status);
      if (orders.length === 0) continue;
      if (await tryTo(act, random.pick(orders))) sent += 1;
    }
  }

  /** An order that has changed meanwhile is left; what gets no answer is as good as done, or not done at all. */
  async function tryTo(act: string, { orderId, version }: Listed): Promise<boolean> {
    const body = act === 'ship' ? { carrier: 'Post', trackingNumber: orderId } : {};
    const headers = {
      'content-type': 'application/json',
      'if-match': `"${version}"`,
      'idempotency-key': `${act}-${orderId}-${version}`,
    };
    const request = { method: 'POST', path: `/orders/${orderId}/${act}`, headers } as const;
    const answer = await pool.request({ ...request, body: JSON.stringify(body) }).catch(() => undefined);
    await answer?.body.dump();
    return answer?.statusCode === 200 && act === 'ship';
  }

  const working = work();
  return {
    stop: async () => {
      ending.abort();
      await working;
      await pool.close();
      return sent;
    },
  };
}

async function list(pool: Pool, status: string): Promise<Listed[]> {
  try {
    const answer = await pool.request({ method: 'GET', path: `/orders?status=${status}&limit=50` });
    const { items } = (await answer.body.json()) as { items?: Listed[] };
    return items ?? [];
  } catch {
    return [];
  }
}
