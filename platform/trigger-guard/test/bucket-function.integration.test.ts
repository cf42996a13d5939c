import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Connection } from 'mysql2/promise';
import { bucketOfKey, ownershipGroup } from '#platform/ownership/bucket-of-key.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { bucketFunction, createFunction } from '../bucket-function.js';
import { connectToGuard } from '../change-guard.js';

// Not a public entry of the package, but the very function that Unleash's roll-out calls: the one to agree with.
const { normalizedStrategyValue } = createRequire(import.meta.url)('unleash-client/lib/strategy/util.js') as {
  normalizedStrategyValue(id: string, groupId: string): number;
};

/** Names whose flags leave 0 to 3 bytes over behind the last whole block, which the function hashes with the key. */
const capabilities = ['inventory', 'a', 'ab', 'abc', 'of-a-much-longer-name'];

/** A database keeps no half of a surrogate pair. */
const isWhole = (text: string): boolean => Buffer.from(text).toString() === text;

const text = (): fc.Arbitrary<string> =>
  fc
    .oneof(
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({
        unit: fc.constantFrom('é', 'ß', '€', '漢', '😀', '👩‍🚀', '\u{10ffff}', '\uffff', 'a', '\0', "'", '\\'),
      }),
      fc.uuid(),
      fc.integer().map(String),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map(String),
    )
    .filter(isWhole);

describe('the function that computes buckets in SQL', () => {
  let database: TestDatabase;
  let connection: Connection;

  beforeAll(async () => {
    database = await createTestDatabase('buckets');
    connection = await connectToGuard(database.url);
    for (const capability of capabilities) await connection.query(createFunction(bucketFunction(capability)));
  });
  afterAll(async () => {
    connection.destroy();
    await database.drop();
  });

  /** In one statement for many: the machine's time goes into the hash, not into the way there. */
  async function bucketsInSql(capability: string, keys: readonly string[]): Promise<number[]> {
    const list = keys.map(() => 'SELECT ? AS number, ? AS k').join(' UNION ALL ');
    const [rows] = await connection.query(
      `SELECT number, ??(CONVERT(k USING utf8mb4)) AS bucket FROM (${list}) AS keys_to_hash ORDER BY number`,
      [bucketFunction(capability).name, ...keys.flatMap((key, number) => [number, key])],
    );
    return (rows as { bucket: number }[]).map(({ bucket }) => bucket);
  }

  it.each(capabilities)('agrees with Unleash for every text: %s', async (capability) => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(text(), { minLength: 100, maxLength: 200 }), async (keys) => {
        tried += keys.length;
        expect(await bucketsInSql(capability, keys)).toEqual(
          keys.map((key) => normalizedStrategyValue(key, ownershipGroup(capability))),
        );
      }),
      { numRuns: 40 },
    );
    expect(tried).toBeGreaterThanOrEqual(4_000);
  });

  it.each([
    ['an empty one', ''],
    ['one of 20,000 characters', 'key of a row, '.repeat(1_500)],
    ['one of 3,000 characters that are not ASCII', 'é漢😀'.repeat(1_000)],
    ['each length up to six blocks', 'abcdefghijklmnopqrstuvwx'],
  ])('agrees for %s', async (_, key) => {
    const keys = [key, ...Array.from({ length: 24 }, (_, length) => key.slice(0, length))].filter(isWhole);
    expect(await bucketsInSql('inventory', keys)).toEqual(keys.map((one) => bucketOfKey('inventory', one)));
  });

  it('counts a missing key as the engine does', async () => {
    const [rows] = await connection.query('SELECT strangler_bucket_inventory(NULL) AS bucket');
    expect(rows).toEqual([{ bucket: bucketOfKey('inventory', String(null)) }]);
  });
});
