import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** One write as its client saw it. Times are milliseconds of one steady clock. */
export interface TimedWrite {
  bucket: number;
  startedAt: number;
  endedAt: number;
  status: number;
}

export interface Product {
  productId: string;
  bucket: number;
}

/** Writers at work. */
export interface WriteLoad {
  /** All that have ended so far. */
  writes: readonly TimedWrite[];
  stop(): Promise<void>;
}

/**
 * Increases the stock of one product after another, at a steady rate: a write that is late does not hold up those that
 * are due after it, as long as a connection is free.
 * @param rate writes a second
 */
export function writeSteadily(
  gateway: string,
  products: readonly Product[],
  rate: number,
  connections: number,
): WriteLoad {
  const pool = new Pool(gateway, { connections });
  const writes: TimedWrite[] = [];
  const began = performance.now();
  let begun = 0;
  let running = true;

  async function write({ productId, bucket }: Product): Promise<void> {
    const startedAt = performance.now();
    const status = await send(pool, productId).catch(() => 0);
    writes.push({ bucket, startedAt, endedAt: performance.now(), status });
  }

  async function writeOn(): Promise<void> {
    while (running) {
      const turn = (begun += 1);
      await sleep(Math.max(0, began + (turn * 1_000) / rate - performance.now()));
      const product = products[turn % products.length];
      if (product && running) await write(product);
    }
  }

  const all = Promise.all(Array.from({ length: connections }, writeOn));
  return {
    writes,
    stop: async () => {
      running = false;
      await all;
      await pool.close();
    },
  };
}

async function send(pool: Pool, productId: string): Promise<number> {
  const answer = await pool.request({
    method: 'POST',
    path: `/inventory/${productId}/increase`,
    headers: { 'content-type': 'application/json' },
    body: '{"quantity":1}',
  });
  await answer.body.dump();
  return answer.statusCode;
}
