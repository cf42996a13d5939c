import { setTimeout as sleep } from 'node:timers/promises';
import { type Side, otherSide } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { type Connection, connectMysql, quoteName, selectRows } from '../../database/connect-mysql.js';
import type { Replication } from './replication.js';
import { seeded } from './write-at-random.js';

/** Clients that write by the rules: each write goes to the side that owns its key at that moment. */
export interface GuardedWriters {
  /** Acknowledged writes of each key: its version has to be that, in the end. */
  acknowledged: Map<string, number>;
  /** Longest that a write took from its first attempt to its answer, in milliseconds. */
  longestWait(): number;
  stop(): Promise<void>;
}

const upsert = {
  monolith:
    "INSERT INTO stock_items VALUES (?, 1, 0, 1, '2024-05-06 07:08:09.123') ON DUPLICATE KEY UPDATE version = version + 1",
  service:
    "INSERT INTO stock_levels VALUES (?, 1, 0, 1, '2024-05-06 07:08:09.123') ON DUPLICATE KEY UPDATE version = version + 1",
};

export function writeWithGuard(
  { move, sourceUrl, replicaUrl }: Replication,
  keys: readonly string[],
  clients: number,
  seed: number,
): GuardedWriters {
  const acknowledged = new Map(keys.map((key) => [key, 0]));
  let stopped = false;
  let longest = 0;

  async function client(random: () => number): Promise<void> {
    const connections = { monolith: await connectMysql(sourceUrl), service: await connectMysql(replicaUrl) };
    let side: Side = 'monolith';
    while (!stopped) {
      const key = keys[Math.floor(random() * keys.length)] ?? '';
      const startedAt = Date.now();
      while (!(await write(connections[side], side, key))) {
        side = otherSide(side);
        await sleep(2);
      }
      acknowledged.set(key, (acknowledged.get(key) ?? 0) + 1);
      longest = Math.max(longest, Date.now() - startedAt);
      await sleep(random() * 4);
    }
    for (const connection of Object.values(connections)) connection.destroy();
  }

  /** @returns false when this side does not own the key */
  async function write(connection: Connection, side: Side, key: string): Promise<boolean> {
    await connection.beginTransaction();
    const held = await selectRows(
      connection,
      `SELECT bucket FROM ${quoteName(ownershipTable(move.capability))}
       WHERE bucket = ? AND state = 'owned' LOCK IN SHARE MODE`,
      [bucketOfKey(move.capability, key)],
    );
    if (held.length > 0) await connection.query(upsert[side], [key]);
    await (held.length > 0 ? connection.commit() : connection.rollback());
    return held.length > 0;
  }

  const running = Array.from({ length: clients }, (_, index) => client(seeded(seed + index)));
  return {
    acknowledged,
    longestWait: () => longest,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}
