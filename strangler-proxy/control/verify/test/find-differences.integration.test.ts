import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { wideMs } from '../../../../tests/support/wide-limits.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { writeAtRandom } from '../../../../sidecar/test/support/write-at-random.js';
import { confirmDifferences } from '../confirm-differences.js';
import type { VerifyResult } from '../verify-result.js';
import {
  createVerifiedReplication,
  insertStock,
  type VerifiedReplication,
} from './support/verified-replication.js';

let replication: VerifiedReplication;

beforeAll(async () => {
  replication = await createVerifiedReplication(async (source) => {
    await insertStock(source, 'x', 5_000);
    await insertStock(source, 'k', 40);
    await source.query("INSERT INTO answers VALUES ('one', 'x1', ?), ('two', 'x2', '{}')", [
      `{"text": "${'long '.repeat(100)}"}`,
    ]);
    await source.query(
      "INSERT INTO lines_of_orders VALUES ('o1', 'x1', 1), ('o1', 'x2', 2), ('o2', 'x1', 3)",
    );
  });
});
afterAll(() => replication.end());

/** What was found, as short as it can be compared. */
function found({ differences }: VerifyResult): string[] {
  return differences
    .map(({ table, key, owner, kind, columns }) => {
      const values = columns.map((one) => `${one.column} ${one.owner ?? '-'}/${one.replica ?? '-'}`);
      return `${table} ${key.map(String).join()} ${owner} ${kind} ${kind === 'values' ? values.join() : values.length}`;
    })
    .toSorted();
}

describe('verification of sides that are equal', () => {
  it('raises no alarm while few keys change all the time, in every way there is', async () => {
    const writers = writeAtRandom(replication.sourceUrl, 3, 7);
    const results: VerifyResult[] = [];
    try {
      for (let round = 0; round < 8; round++) results.push(await replication.verify());
    } finally {
      await writers.stop();
    }
    expect(results.map(({ outcome, problem, differences }) => ({ outcome, problem, differences }))).toEqual(
      results.map(() => ({ outcome: 'equal', problem: null, differences: [] })),
    );
    // Else nothing was under way, and this test would prove nothing.
    expect(results.reduce((sum, { tables }) => sum + (tables[0]?.suspected ?? 0), 0)).toBeGreaterThan(20);
    expect(writers.committed()).toBeGreaterThan(100);
  });

  it('says what it has compared, table by table', async () => {
    const progress: number[] = [];
    const result = await replication.verify({ onProgress: ({ rows }) => void progress.push(rows) });
    expect(result).toMatchObject({ outcome: 'equal', more: false, reached: null, buckets: null });
    const [stock, ...others] = result.tables;
    expect(stock?.rows.monolith).toBeGreaterThanOrEqual(5_000);
    // Each side counts at the moment when it reads, and rows are added all the time.
    expect(stock?.rows.service).toBeGreaterThanOrEqual(5_000);
    expect(others.map(({ monolithTable, rows }) => [monolithTable, rows])).toEqual([
      ['lines_of_orders', { monolith: 3, service: 3 }],
      ['answers', { monolith: 2, service: 2 }],
    ]);
    expect(progress.at(-1)).toBe((stock?.rows.monolith ?? 0) + 5);
  });
});

describe('verification that looks at nothing', () => {
  it.each([{ most: 0 }, { most: -1 }, { buckets: [] }, { from: 'end' as const }])(
    'is refused and never says equal: %j',
    async (request) => {
      const { outcome, problem, tables } = await replication.verify(request);
      expect({ outcome, tables }).toEqual({ outcome: 'unknown', tables: [] });
      expect(problem).not.toBeNull();
    },
  );
});

describe('verification of a replica that is wrong', () => {
  afterEach(async () => {
    const asker = { nats: replication.nats, capability: replication.move.capability };
    const { differences, tables } = await replication.verify({ most: 100_000 });
    for (const { table } of tables) {
      const wrong = differences.filter((one) => one.table === table);
      await confirmDifferences(asker, wrong, { table, check: false, patience: wideMs });
    }
    expect(await replication.verify()).toMatchObject({ outcome: 'equal' });
  });

  it('names each row and column while other rows are written, and what each side has', async () => {
    const writers = writeAtRandom(replication.sourceUrl, 2, 8);
    try {
      await replication.plant(
        'service',
        "UPDATE stock_levels SET on_hand = 77 WHERE product_id = 'x100'",
        "UPDATE stock_levels SET reserved = 3, on_hand = 12 WHERE product_id = 'x4999'",
        "DELETE FROM stock_levels WHERE product_id IN ('x0', 'x2500')",
        "INSERT INTO stock_levels VALUES ('a-extra', 1, 0, 1, '2024-01-01'), ('zzz-extra', 1, 0, 1, '2024-01-01')",
        "UPDATE stock_levels SET product_id = 'X7' WHERE product_id = 'x7'",
        "UPDATE lines_of_orders SET quantity = 4 WHERE order_id = 'o1' AND product_id = 'x2'",
        "UPDATE answers SET body = CONCAT(body, ' ') WHERE answer = 'one'",
      );
      const result = await replication.verify();
      expect(result).toMatchObject({ outcome: 'different', more: false, unconfirmed: [] });
      expect(found(result)).toEqual([
        expect.stringMatching(
          /^answers one monolith values body \{.*\.\.\. \(512 characters.*\/.*\(513 characters/,
        ),
        'lines_of_orders o1,x2 monolith values quantity 2/4',
        'stock_levels X7 monolith superfluous 5',
        'stock_levels a-extra monolith superfluous 5',
        'stock_levels x0 monolith missing 5',
        'stock_levels x100 monolith values on_hand 11/77',
        'stock_levels x2500 monolith missing 5',
        'stock_levels x4999 monolith values on_hand 11/12,reserved 2/3',
        'stock_levels x7 monolith missing 5',
        'stock_levels zzz-extra monolith superfluous 5',
      ]);
      const extra = result.differences.find(({ key }) => key[0] === 'zzz-extra');
      expect(extra?.bucket).toBe(bucketOfKey(replication.move.capability, 'zzz-extra'));
      expect(extra?.columns).toContainEqual({ column: 'on_hand', owner: null, replica: '1' });
    } finally {
      await writers.stop();
    }
  });

  it('finds what goes wrong behind the place that it has reached', async () => {
    let planted: Promise<void> | undefined;
    const result = await replication.verify({
      onProgress: ({ table }) => {
        if (table === 'stock_levels')
          planted ??= replication.plant('service', "DELETE FROM answers WHERE answer = 'two'");
      },
      rest: 300,
    });
    await planted;
    expect(found(result)).toEqual(['answers two monolith missing 3']);
  });

  it('does not count what the stream has made right meanwhile', async () => {
    await replication.plant('service', "UPDATE stock_levels SET on_hand = 78 WHERE product_id = 'x200'");
    let writing = true;
    const writer = (async () => {
      while (writing) {
        await replication.source.query(
          "UPDATE stock_items SET version = version + 1 WHERE product_id = 'x200'",
        );
        await sleep(5);
      }
    })();
    try {
      expect(await replication.verify()).toMatchObject({ outcome: 'equal', differences: [] });
    } finally {
      writing = false;
      await writer;
    }
  });

  it('looks at the buckets only that it is asked about', async () => {
    await replication.plant('service', "UPDATE stock_levels SET on_hand = 79 WHERE product_id = 'x300'");
    const bucket = bucketOfKey(replication.move.capability, 'x300');
    const all = Array.from({ length: 100 }, (_, index) => index + 1);
    const others = await replication.verify({ buckets: all.filter((one) => one !== bucket) });
    expect(others).toMatchObject({ outcome: 'equal', buckets: expect.any(Array) });
    const result = await replication.verify({ buckets: [bucket] });
    expect(found(result)).toEqual(['stock_levels x300 monolith values on_hand 11/79']);
    expect(result.tables[0]?.rows.monolith).toBeLessThan(200);
  });

  it('ends early when more differs than anybody reads, and says so', async () => {
    await replication.plant('service', "DELETE FROM stock_levels WHERE product_id LIKE 'x1%'");
    const result = await replication.verify({ most: 150 });
    expect(result).toMatchObject({ outcome: 'different', more: true });
    expect(result.differences.length).toBeGreaterThanOrEqual(150);
    expect(result.differences.length).toBeLessThan(400);
  });

  it('goes on where it was ended', async () => {
    await replication.plant('service', "UPDATE lines_of_orders SET quantity = 9 WHERE order_id = 'o2'");
    const ending = new AbortController();
    const ended = await replication.verify({
      signal: ending.signal,
      onProgress: ({ table }) => void (table === 'stock_levels' && ending.abort()),
    });
    expect(ended).toMatchObject({ outcome: 'unknown', problem: 'ended before it was through' });
    expect(ended.reached?.table).toBe('stock_levels');
    const result = await replication.verify({ ...(ended.reached ? { from: ended.reached } : {}) });
    expect(found(result)).toEqual(['lines_of_orders o2,x1 monolith values quantity 3/9']);
    expect(result.tables.map(({ table }) => table)).toEqual(['stock_levels', 'lines_of_orders', 'answers']);
  });
});

describe('verification that is not possible', () => {
  it('says that the replica does not meet the rows, when its applier is stopped', async () => {
    const { replica, source } = replication;
    await replica.query('ALTER TABLE stock_levels ADD CONSTRAINT few CHECK (on_hand < 1000)');
    await source.query("UPDATE stock_items SET available = 5000 WHERE product_id = 'x400'");
    const result = await replication.verify({ patience: 1_500 });
    expect(result).toMatchObject({ outcome: 'unknown', differences: [] });
    expect(result.problem).toMatch(/replica on the service has not met the rows.*stopped or far behind/);
    expect(result.unconfirmed).toMatchObject([{ table: 'stock_levels', key: ['x400'] }]);
    await replica.query('ALTER TABLE stock_levels DROP CONSTRAINT few');
    await sleep(100);
    expect(await replication.verify()).toMatchObject({ outcome: 'equal' });
  });

  it('says which table there is not', async () => {
    const { problem } = await replication.verify({ table: 'stok' });
    expect(problem).toMatch(/^stok is no table of .*stock_levels, lines_of_orders, answers$/);
  });
});
