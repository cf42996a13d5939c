import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mapColumns, same } from '#contracts/strangler/map-columns.js';
import type { Move } from '#contracts/strangler/move.js';
import { selectRows } from '../database/connect-mysql.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

const columns = `
  id BIGINT UNSIGNED, part VARBINARY(20), big BIGINT, tiny TINYINT, flag TINYINT(1), money DECIMAL(30, 10), small FLOAT,
  wide DOUBLE, bits BIT(20), on_day DATE, at_second DATETIME, at_milli DATETIME(3), at_micro DATETIME(6),
  moment TIMESTAMP(6) NULL, hours TIME(3), clock TIME, finest TIME(6), year_only YEAR, word VARCHAR(200), latin VARCHAR(50) CHARACTER SET latin1,
  note MEDIUMTEXT, fixed CHAR(10), raw BINARY(6), bytes BLOB, colour ENUM('red', 'it''s, blue'), tags SET('a', 'b', 'c'),
  doc JSON, PRIMARY KEY (id, part)`;

/** Extremes and oddities, as SQL. */
const rows = [
  `18446744073709551615, x'00ff', -9223372036854775808, -128, 1, -12345678901234567890.0123456789, 0.1, 0.1, b'10000000000000000001',
   '9999-12-31', '1000-01-01 00:00:00', '2024-02-29 23:59:59.999', '2024-02-29 23:59:59.999999', '2024-03-31 01:30:00.123456',
   '-838:59:59.000', '-01:00:00', '-00:59:59.999999', 2155, 'naïve 😀 \\\\ '' " \\n \\0', 'é€', REPEAT('ü', 5000), 'pad  ', x'0100', x'00010203fffe', 'it''s, blue', 'a,c',
   '{"big": 12345678901234567890, "text": "😀"}'`,
  `0, x'', 9223372036854775807, 127, 0, 0.0000000001, -3.4028234e38, 1.7976931348623157e308, b'0', '0001-01-01',
   '9999-12-31 23:59:59', '2024-02-29 00:00:00.001', '1970-01-01 00:00:00.000001', NULL, '00:00:00.001', '-00:01:00', '-01:00:00', 1901, '', '', '', '',
   x'000000000000', '', 'red', '', '[]'`,
  `9007199254740993, x'01', 9007199254740993, 0, NULL, 1, 16777217, 5e-324, b'1', NULL, NULL, NULL, NULL, '2038-01-19 03:14:07.999999',
   '-12:00:00.000', '-838:00:00', '-00:00:00.000001', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL`,
];

/** All columns in forms that show every bit. */
const fingerprint = `SELECT id, HEX(part) AS part, big, tiny, flag, money, CAST(small AS DOUBLE) AS small, wide, HEX(bits) AS bits,
  CONCAT_WS('|', on_day, at_second, at_milli, at_micro, moment, hours, clock, finest, year_only) AS moments, HEX(word) AS word, HEX(latin) AS latin,
  HEX(note) AS note, HEX(fixed) AS fixed, HEX(raw) AS raw, HEX(bytes) AS bytes, colour, tags, CAST(doc AS CHAR) AS doc
  FROM anything ORDER BY id, part`;

const names =
  `id part big tiny flag money small wide bits on_day at_second at_milli at_micro moment hours clock finest year_only word latin
  note fixed raw bytes colour tags doc`.split(/\s+/);
const side = { table: 'anything', key: ['id', 'part'] as [string, string], ownedBy: 'id' };

describe('values of every type', () => {
  let replication: Replication;

  beforeAll(async () => {
    const move: Move = {
      capability: `test-${randomBytes(4).toString('hex')}`,
      tables: [{ monolith: side, service: side, ...mapColumns(same(...names)) }],
    };
    const create = `CREATE TABLE anything (${columns})`;
    replication = await createReplication({ move, tables: { source: [create], replica: [create] } });
  });
  afterAll(() => replication.end());

  async function expectEqual(count: number): Promise<void> {
    await eventually(async () => {
      const [source, replica] = [
        await selectRows(replication.source, fingerprint),
        await selectRows(replication.replica, fingerprint),
      ];
      expect([source.length, replica.length]).toEqual([count, count]);
      expect(replica).toEqual(source);
    });
  }

  it('arrive exactly as they are by a backfill', async () => {
    await replication.source.query(`INSERT INTO anything VALUES (${rows.join('), (')})`);
    await replication.startCapture();
    const applier = await replication.startApplier();
    await eventually(() => expect(applier.status().backfill?.complete).toBe(true));
    await expectEqual(3);
  });

  it('arrive exactly as they are by the log', async () => {
    await replication.source.query('DELETE FROM anything');
    await expectEqual(0);
    await replication.source.query(`INSERT INTO anything VALUES (${rows.join('), (')})`);
    await expectEqual(3);
  });

  it('arrive exactly as they are when only keys change', async () => {
    await replication.source.query(
      "UPDATE anything SET id = id - 1, part = CONCAT(part, x'00') WHERE id > 0",
    );
    await expectEqual(3);
  });

  it('arrive exactly as they are where an ENUM has none of its values', async () => {
    const { source } = replication;
    await source.query("SET SESSION sql_mode = ''");
    await source.query(
      "INSERT INTO anything (id, part, colour) VALUES (7, x'', 'no such colour'), (8, x'', NULL)",
    );
    await source.query("UPDATE anything SET colour = 'nor this' WHERE colour = 'red'");
    await expectEqual(5);
    await replication.replica.query('DELETE FROM anything');
    await replication.askForBackfill('service');
    await expectEqual(5);
    await source.query('DELETE FROM anything WHERE id IN (7, 8)');
    await expectEqual(3);
  });

  it('arrive all at once when their transaction is larger than a message', async () => {
    const { source, replica } = replication;
    const seen = new Set<number>();
    let watching = true;
    const watch = (async () => {
      while (watching) {
        const [row] = await selectRows<{ count: number }>(
          replica,
          'SELECT COUNT(*) AS count FROM anything WHERE id BETWEEN 1000 AND 9000',
        );
        seen.add(row?.count ?? -1);
      }
    })();
    const many = Array.from({ length: 3_000 }, (_, index) => [1_000 + index, 'x', 'y'.repeat(500)]);
    await source.query('INSERT INTO anything (id, part, word, note) VALUES ?', [
      many.map(([id, part, note]) => [id, part, 'w', note]),
    ]);
    await expectEqual(3_003);
    watching = false;
    await watch;
    expect([...seen].toSorted((one, other) => one - other)).toEqual([0, 3_000]);
  });
});
