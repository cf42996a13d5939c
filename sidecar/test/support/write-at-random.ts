import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connectMysql } from '../../database/connect-mysql.js';

/** Clients that change few rows in every way there is, until stopped. They come back when the database does. */
export interface Writers {
  /** Transactions that were committed so far. */
  committed(): number;
  stop(): Promise<void>;
}

const keys = 40;

export function writeAtRandom(url: string, clients: number, seed: number): Writers {
  let stopped = false;
  let committed = 0;

  async function client(random: () => number): Promise<void> {
    let connection: Connection | undefined;
    while (!stopped) {
      try {
        connection ??= await connectMysql(url);
        await writeOnce(connection, random);
        committed += 1;
      } catch (error) {
        const { errno } = error as { errno?: number };
        // Deadlocks, waits and duplicates are part of the game; anything else may be a lost connection.
        if (errno === 1213 || errno === 1205 || errno === 1062)
          await connection?.query('ROLLBACK').catch(() => undefined);
        else {
          connection?.destroy();
          connection = undefined;
          await sleep(50);
        }
      }
    }
    connection?.destroy();
  }

  const running = Array.from({ length: clients }, (_, index) => client(seeded(seed + index)));
  return {
    committed: () => committed,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

async function writeOnce(connection: Connection, random: () => number): Promise<void> {
  const key = (): string => `k${Math.floor(random() * keys)}`;
  await connection.beginTransaction();
  // A row that nobody touches again: a change that is lost on the way is not covered up by a later one.
  if (random() < 0.3) {
    const values = [`once-${randomUUID()}`, 1, 0, 1, '2024-05-06 07:08:09.123'];
    await connection.query('INSERT INTO stock_items VALUES (?)', [values]);
  }
  for (let statements = Math.ceil(random() * 3); statements > 0; statements -= 1) {
    const choice = random();
    if (choice < 0.25) {
      await connection.query(
        'INSERT INTO stock_items VALUES ? ON DUPLICATE KEY UPDATE available = available + 1, version = version + 1',
        [[key(), key()].map((id) => [id, 5, 1, 1, '2024-05-06 07:08:09.123'])],
      );
    } else if (choice < 0.75) {
      await connection.query(
        "UPDATE stock_items SET reserved = reserved + 1, version = version + 1, updated_at = UTC_TIMESTAMP(3) WHERE product_id >= ? AND product_id < 'l' LIMIT 3",
        [key()],
      );
    } else if (choice < 0.9) {
      await connection.query('DELETE FROM stock_items WHERE product_id = ?', [key()]);
    } else {
      await connection.query('UPDATE stock_items SET product_id = ? WHERE product_id = ?', [key(), key()]);
    }
  }
  await (random() < 0.1 ? connection.rollback() : connection.commit());
}

/** Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
