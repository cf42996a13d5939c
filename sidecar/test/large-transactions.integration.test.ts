import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { selectRows } from '../database/connect-mysql.js';
import { type OwnServer, ownBroker } from './support/own-servers.js';
import { createReplication, eventually, type Replication } from './support/replication.js';
import { type SidecarProcess, sidecarProcess } from './support/sidecar-process.js';
import { moves } from './support/stock-move.js';

/** Of the transaction: rows, and bytes of each. */
const [rows, rowBytes] = [2_400, 50_000];
/** What a sidecar may have at most, in MiB: less than the transaction has. */
const heap = 110;

describe('a transaction that is larger than the memory of the sidecars', () => {
  let broker: OwnServer;
  let replication: Replication;
  let sidecars: SidecarProcess[];

  beforeAll(async () => {
    // With a log of its own, which is as large as the transaction.
    broker = await ownBroker();
    replication = await createReplication({ natsUrl: broker.url, move: moves[0] });
    const limited = { NODE_OPTIONS: `--max-old-space-size=${heap}` };
    sidecars = await Promise.all([
      sidecarProcess('monolith', replication.sourceUrl, broker.url, limited),
      sidecarProcess('service', replication.replicaUrl, broker.url, limited),
    ]);
    await replication.source.query("INSERT INTO answers VALUES ('first', 'p', 'x')");
    await eventually(async () => expect(await answers()).toEqual({ count: 1, bytes: 1 }));
  });
  afterAll(async () => {
    await Promise.all((sidecars ?? []).map((sidecar) => sidecar.kill()));
    await replication?.end();
    await broker?.end();
  });

  async function answers(): Promise<{ count: number; bytes: number }> {
    const sql = 'SELECT COUNT(*) AS count, CAST(SUM(LENGTH(body)) AS UNSIGNED) AS bytes FROM answers';
    const [found] = await selectRows<{ count: number; bytes: number }>(replication.replica, sql);
    return { count: Number(found?.count), bytes: Number(found?.bytes) };
  }

  it('is replicated all the same, in parts', async () => {
    const { source } = replication;
    await source.beginTransaction();
    for (let first = 0; first < rows; first += 40) {
      const values = Array.from(
        { length: 40 },
        (_, index) => `('${first + index}', 'p', REPEAT('y', ${rowBytes}))`,
      );
      await source.query(`INSERT INTO answers VALUES ${values.join(', ')}`);
    }
    await source.commit();
    await source.query("INSERT INTO answers VALUES ('last', 'p', 'x')");
    await eventually(async () =>
      expect(await answers()).toEqual({ count: rows + 2, bytes: rows * rowBytes + 2 }),
    );
    // They are the same processes: nothing starts another one here.
    for (const sidecar of sidecars) expect(await sidecar.status()).toHaveProperty('captures');
  });
});
