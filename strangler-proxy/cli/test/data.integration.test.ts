import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { selectRows } from '../../../sidecar/database/connect-mysql.js';
import { eventually } from '../../../sidecar/test/support/replication.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { deleteLog } from '#platform/messaging/ordered-log.js';
import { runCommand } from './support/run-command.js';
import { type RepairableSystem, startRepairableSystem } from './support/repairable-system.js';

let system: RepairableSystem;
let capability: string;

beforeAll(async () => {
  system = await startRepairableSystem();
  ({ capability } = system.move);
});
afterAll(() => system.end());

/** The owner's rows, as they are. */
const ownersRows = () => selectRows(system.source, 'SELECT * FROM stock_items ORDER BY product_id');

describe('strangler data verify', () => {
  it('says that there is no difference, with how many rows were compared', async () => {
    const { code, out, err } = await system.cli('data', 'verify', capability);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('stock_items on the monolith 1200 rows, stock_levels on the service 1200 rows');
    expect(out).toMatch(/no difference, after [\d.]+ s at \d+ rows\/s/);
  });

  it('lists what differs, with both values, and ends with 1; --json gives the same to programs', async () => {
    await system.plant(
      'service',
      "UPDATE stock_levels SET on_hand = 77, reserved = 3 WHERE product_id = 'x10'",
      "UPDATE stock_levels SET product_id = 'X11' WHERE product_id = 'x11'",
    );
    const { code, out, err } = await system.cli('data', 'verify', capability);
    expect(code).toBe(1);
    expect(out).toMatch(
      /stock_levels +x10 +\d+ +monolith +service +differs +on_hand +11 +77\n +reserved +2 +3/,
    );
    expect(out).toMatch(/stock_levels +x11 +\d+ +monolith +service +missing/);
    expect(out).toMatch(/stock_levels +X11 +\d+ +monolith +service +superfluous/);
    expect(out).toContain(
      '! stock_levels: the owner\'s "x11" and the replica\'s "X11" differ by case or spaces only',
    );
    expect(err).toContain(`3 rows of ${capability} differ`);
    expect(err).toContain(`npx strangler data repair ${capability}`);

    const bucket = bucketOfKey(capability, 'x10');
    const json = await system.cli('data', 'verify', capability, '--json', '--buckets', String(bucket));
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      outcome: 'different',
      buckets: [bucket],
      // Another key may happen to be in the same bucket.
      differences: expect.arrayContaining([
        expect.objectContaining({
          ...{ key: ['x10'], bucket, owner: 'monolith' },
          columns: [
            expect.objectContaining({ column: 'on_hand' }),
            expect.objectContaining({ column: 'reserved' }),
          ],
        }),
      ]),
    });
  });

  it('ends with 3 where nobody answers, and with 2 where it is told nonsense', async () => {
    const nobody = await system.cli('data', 'verify', 'nothing-of-that-name');
    expect(nobody.code).toBe(3);
    expect(nobody.err).toMatch(/sidecar beside the monolith can't say.*nobody answers/);
    expect(await system.cli('data', 'verify', capability, '--buckets', '0-5')).toMatchObject({ code: 2 });
    expect(await system.cli('data', 'verify', capability, '--from', 'nowhere')).toMatchObject({ code: 2 });
    const { code, err } = await runCommand(['data', 'verify', capability], {
      environment: { NATS_URL: 'nats://127.0.0.1:9' },
    });
    expect(code).toBe(3);
    expect(err).toContain("NATS at 127.0.0.1:9 can't be reached");
  });
});

describe('strangler data repair', () => {
  it('says what it would do, and does nothing, without --yes and with --dry-run', async () => {
    for (const options of [[], ['--yes', '--dry-run']]) {
      const { code, out, err } = await system.cli('data', 'repair', capability, ...options);
      expect(code).toBe(1);
      expect(out).toContain('the monolith owns 100 buckets, the service 0');
      expect(out).toMatch(
        /monolith -> service +capture reading +applier applying, \d+ ms behind, replica complete/,
      );
      expect(out).toContain('3 rows differ');
      expect(out).toContain('with --yes this: have the owner send these 3 rows again');
      expect(err).toBe(`Nothing was changed. To do it: npx strangler data repair ${capability} --yes`);
    }
    expect(await system.verify()).toMatchObject({ outcome: 'different' });
  });

  it('mends rows from those of their owner, which stay as they are', async () => {
    const before = await ownersRows();
    const spared = await system.cli('data', 'repair', capability, '--yes');
    expect(spared.code).toBe(1);
    expect(spared.out).toMatch(/not mended:.*X11.*only copy/s);
    expect(spared.err).toContain('1 row differs still');
    expect(
      await selectRows(system.replica, "SELECT 1 FROM stock_levels WHERE product_id = 'X11'"),
    ).toHaveLength(1);
    const { code, out, err } = await system.cli('data', 'repair', capability, '--yes', '--remove-extra');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/rows now: no difference: 1200 rows/);
    expect(await ownersRows()).toEqual(before);
    expect(await system.cli('data', 'repair', capability)).toMatchObject({ code: 0 });
  });

  it('fills the replica anew when more rows are wrong than anybody lists', async () => {
    await system.plant(
      'service',
      "DELETE FROM stock_levels WHERE product_id LIKE 'x1%' OR product_id > 'x2'",
    );
    const { code, out } = await system.cli('data', 'repair', capability, '--yes', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      before: { outcome: 'different', more: true },
      after: { outcome: 'equal' },
      unmended: [],
    });
  });

  it('names the row at which an applier is stopped, and what a person has to do', async () => {
    await system.replica.query('ALTER TABLE stock_levels ADD CONSTRAINT few CHECK (on_hand < 1000)');
    await system.source.query("UPDATE stock_items SET available = 5000 WHERE product_id = 'x40'");
    await eventually(() => expect(system.forth.applier.status().state).toBe('stopped'));
    const { code, out, err } = await system.cli('data', 'repair', capability, '--yes');
    expect(code).toBe(1);
    expect(out).toMatch(/the applier on the service is stopped \(row_refused\).*few.*"product_id":"x40"/);
    expect(out).toMatch(/to do: let the replica's table take this row/);
    expect(err).toContain('1 thing is in the way');
    await system.replica.query('ALTER TABLE stock_levels DROP CONSTRAINT few');
    await eventually(() => expect(system.forth.applier.status().state).toBe('applying'));
    expect(await system.cli('data', 'repair', capability)).toMatchObject({ code: 0 });
  });

  it('has a replica filled anew whose place in the log is lost', async () => {
    await system.source.query('TRUNCATE TABLE answers');
    await eventually(() => expect(system.forth.capture.status().state).toBe('stopped'));
    const asked = await system.cli('data', 'repair', capability);
    expect(asked.code).toBe(1);
    expect(asked.out).toMatch(/capture on the monolith is stopped \(unsupported_change\).*TRUNCATE/s);
    expect(asked.out).toContain('with --yes this: give up the place of the replica on the service');
    expect(asked.err).toContain('Nothing was changed');
    const { code, out } = await system.cli('data', 'repair', capability, '--yes');
    expect(out).toContain('no difference');
    expect(code).toBe(0);
  });

  it('finds all well again after the stream was lost', async () => {
    await deleteLog(system.log);
    await system.source.query("UPDATE stock_items SET available = 6 WHERE product_id = 'x50'");
    await eventually(async () =>
      expect(await system.cli('data', 'repair', capability, '--yes')).toMatchObject({ code: 0 }),
    );
    expect(
      await selectRows(system.replica, "SELECT on_hand FROM stock_levels WHERE product_id = 'x50'"),
    ).toEqual([{ on_hand: 8 }]);
  });

  it('says which sidecar does not answer', async () => {
    const { code, out, err } = await system.cli('data', 'repair', 'nothing-of-that-name');
    expect(code).toBe(1);
    expect(out).toContain('! the sidecar beside the service does not answer for nothing-of-that-name');
    expect(err).toContain('2 things are in the way');
  });
});

describe('strangler data backfill', () => {
  it('fills the replica anew, and ends when it is complete', async () => {
    await system.plant('service', "DELETE FROM stock_levels WHERE product_id LIKE 'x3%'");
    const { code, out } = await system.cli('data', 'backfill', capability);
    expect(code).toBe(0);
    expect(out).toContain(`The replica of ${capability} on the service is complete.`);
    expect(out).toContain('stock_items: 1200 rows');
    expect(await system.verify()).toMatchObject({ outcome: 'equal' });
  });

  it('says after Ctrl-C that it goes on, and does not end as if it were complete', async () => {
    const { code, out, err } = await system.cliAskedToEnd('data', 'backfill', capability);
    expect(code).toBe(4);
    expect(out).toBe('');
    expect(err).toContain('The backfill is not complete yet, and goes on by itself');
  });

  it('gives up the place, too, when it is asked to, and fills the other way', async () => {
    expect(await system.cli('data', 'backfill', capability, '--new-chain', '--json')).toMatchObject({
      code: 0,
    });
    expect(await system.cli('data', 'backfill', capability, '--to', 'monolith')).toMatchObject({ code: 0 });
    expect(await system.verify()).toMatchObject({ outcome: 'equal' });
  });
});

describe('strangler check', () => {
  it('says that every table can be replicated, or what keeps one from it, and what mends it', async () => {
    const fine = await system.cli('check', capability);
    expect(fine).toMatchObject({ code: 0, err: '' });
    expect(fine.out).toContain('service: every table can be replicated exactly');
    await system.replica.query('ALTER TABLE answers ADD UNIQUE KEY every_body (body(20))');
    const { code, out, err } = await system.cli('check', capability);
    expect(code).toBe(1);
    expect(out).toMatch(
      /service:\n {2}answers: its unique key every_body.*\n {4}to mend it: ALTER TABLE `answers`/,
    );
    expect(err).toContain(`1 thing keeps ${capability} from being replicated without a loss`);
    const json = await system.cli('check', capability, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ monolith: [], service: [{ table: 'answers' }] });
    await system.replica.query('ALTER TABLE answers DROP INDEX every_body');
    expect(await system.cli('check', capability)).toMatchObject({ code: 0 });
    expect(await system.cli('check', 'nothing-of-that-name')).toMatchObject({ code: 3 });
  });
});
