import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { v7 as uuidv7 } from 'uuid';
import { register } from '#platform/discovery/register.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { followRetirement, type Retirement } from '#platform/retirement/follow-retirement.js';
import { createLogger } from '#platform/telemetry/logger.js';
import type { Connection } from '../../../sidecar/database/connect-mysql.js';
import { selectRows } from '../../../sidecar/database/connect-mysql.js';
import { until } from '../../../tests/support/until.js';
import { startUpstream } from '../../gateway/test/support/upstream.js';
import type { RunningControlPlane } from '../run-control-plane.js';
import { type ControlProcess, controlProcess } from './support/control-process.js';
import { type ControlledSystem, startControlledSystem } from './support/controlled-system.js';

const why = { reason: 'a month without a roll-back' };
const silent = createLogger('monolith', 'silent');

let system: ControlledSystem;
/** Instances of a program on the monolith's database. */
let instances: { retirement: Retirement; end(): Promise<void> }[] = [];

async function startInstance(): Promise<Retirement> {
  const database = connectDatabase(system.replication.sourceUrl, 2);
  const retirement = await followRetirement(database, uuidv7(), silent);
  retirement.following.start();
  const end = async () => {
    await retirement.following.stop();
    await database.close();
  };
  instances.push({ retirement, end });
  return retirement;
}

async function endInstances(): Promise<void> {
  for (const { end } of instances) await end();
  instances = [];
}

const path = (rest: string) => `/capabilities/${system.capability}${rest}`;
type Reached = Pick<RunningControlPlane, 'url'>;
const change = (plane: Reached, action: string, more: object = {}) =>
  system.ask(plane, 'POST', path(`/${action}`), { ...why, ...more });
const complete = (plane: Reached) => change(plane, 'complete', { confirm: system.capability });

async function tables(): Promise<string[]> {
  const rows = await selectRows<{ name: string }>(
    system.replication.source,
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  );
  return rows.map(({ name }) => name);
}

/** The monolith's tables that hold something of the capability. */
const own = () => system.replication.move.tables.map(({ monolith }) => monolith.table);
const archived = () => own().map((table) => `retired_${table}`);

async function monolithState(): Promise<string> {
  const rows = await selectRows<{ state: string }>(
    system.replication.source,
    'SELECT state FROM strangler_retirement',
  );
  return rows[0]?.state ?? 'open';
}

/** An hour in which nobody asked the monolith, as far as its notes tell. */
async function letAnHourPass(): Promise<void> {
  const { source } = system.replication;
  await source.query('UPDATE strangler_uses SET used_at = used_at - INTERVAL 1 HOUR');
  await source.query('UPDATE strangler_instances SET started_at = started_at - INTERVAL 1 HOUR');
}

async function untilState(plane: Reached, wanted: string): Promise<void> {
  await until(`it is ${wanted}`, async () => (await system.look(plane)).completion?.state === wanted);
}

afterEach(endInstances);

describe('completing a capability', () => {
  let plane: RunningControlPlane;
  let ok = true;
  /** What the next comparison waits for, if anything. */
  let held: Promise<void> | undefined;

  beforeAll(async () => {
    system = await startControlledSystem();
    const verify = () => async () => {
      const waitFor = held;
      held = undefined;
      await waitFor;
      return { ok, detail: ok ? 'no difference in 3 tables' : '2 rows differ' };
    };
    plane = await system.start({ verify, verifiedFor: 1, quietTime: 3_600_000 });
    await until('it leads', () => plane.leads());
    await system.replication.source.query(`INSERT INTO stock_items VALUES ('p1', 3, 0, 1, UTC_TIMESTAMP(3))`);
  });
  beforeEach(() => {
    ok = true;
  });
  afterAll(() => system.end());

  async function refusal(): Promise<string> {
    const { status, body } = await complete(plane);
    expect(status).toBe(409);
    expect(await monolithState()).toBe('open');
    return body.detail as string;
  }

  it('is refused without its name, and until the service owns everything', async () => {
    await startInstance();
    const wrong = await change(plane, 'complete', { confirm: 'yes' });
    expect(wrong.body.detail).toContain('confirm it by its name');
    expect(await refusal()).toMatch(/owns 0 of 100 buckets: hand over the rest with "npx strangler handover/);
    await change(plane, 'share', { percent: 100 });
    await system.untilOwned(plane, 100);
  });

  it('is refused while no instance of the monolith notes what it is asked', async () => {
    await system.replication.source.query('DELETE FROM strangler_instances');
    expect(await refusal()).toContain(
      'no instance of the monolith notes what it is asked: start the monolith',
    );
  });

  it('is refused until nobody has asked the monolith for a while, and says what was asked when', async () => {
    const { enter } = await startInstance();
    enter(system.capability, 'GET /stock/{productId}');
    await until('the use is noted', async () => (await refusal()).includes('GET /stock/{productId}'));
    expect(await refusal()).toMatch(
      /last asked for GET \/stock\/\{productId\} on 20\d\d-.* may reach the monolith for \S+ \w+/,
    );
    await letAnHourPass();
    await until('it was quiet', async () => (await look()).every(({ met }) => met));
  });

  it('is refused while it is paused', async () => {
    await startInstance();
    await change(plane, 'pause');
    expect(await refusal()).toContain('it is paused (a month without a roll-back)');
    await change(plane, 'resume');
  });

  it('is refused while another module has built on its tables, with what to do about each', async () => {
    await startInstance();
    const { source } = system.replication;
    await source.query('CREATE TABLE shelves (product_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)');
    await source.query(
      'ALTER TABLE shelves ADD CONSTRAINT of_stock FOREIGN KEY (product_id) REFERENCES stock_items (product_id)',
    );
    await source.query('CREATE VIEW empty_shelves AS SELECT product_id FROM stock_items WHERE available = 0');
    const detail = await refusal();
    expect(detail).toMatch(
      /foreign key of_stock of shelves refers to stock_items: .*ALTER TABLE `shelves` DROP/,
    );
    expect(detail).toMatch(/view empty_shelves uses stock_items: .*DROP VIEW `empty_shelves`/);
    await source.query('DROP VIEW empty_shelves');
    await source.query('DROP TABLE shelves');
    expect((await look()).find(({ name }) => name === 'unreferenced')?.met).toBe(true);
  });

  it('is refused while both sides differ', async () => {
    await startInstance();
    await letAnHourPass();
    await until('all but the rows is well', async () => (await look()).every(({ met }) => met));
    ok = false;
    expect((await complete(plane)).status).toBe(200);
    await until('it is given up', async () => (await system.look(plane)).completion === null);
    const { body } = await system.ask(plane, 'GET', '/audit?limit=1');
    expect(body.items[0]).toMatchObject({
      ...{ who: 'first (admin)', action: 'completion: comparing', outcome: 'refused' },
      reason: expect.stringMatching(/^2 rows differ: .*data verify/),
    });
    expect(await monolithState()).toBe('open');
  });

  it('answers at once, and compares in the background, where somebody can take it back', async () => {
    await startInstance();
    await letAnHourPass();
    await until('all but the rows is well', async () => (await look()).every(({ met }) => met));
    held = new Promise(() => undefined);
    expect(await complete(plane)).toMatchObject({
      status: 200,
      body: { completion: { state: 'comparing' } },
    });
    await until('it compares', () => held === undefined);
    expect((await change(plane, 'share', { percent: 10 })).body.detail).toContain(
      'is being completed by first (admin)',
    );
    expect(await monolithState()).toBe('open');
    expect((await change(plane, 'resume')).status).toBe(200);
    await until('all is as before', async () => (await system.look(plane)).completion === null);
  });

  it('is not held up for ever by a hand-over whose gate has taken long', async () => {
    await startInstance();
    await letAnHourPass();
    let letGo = (): void => undefined;
    held = new Promise((resolve) => (letGo = resolve));
    await system.flag.rollOut(90);
    await until('the gate compares', () => held === undefined);
    await system.flag.rollOut(100);
    // Refused as long as the flag is being taken over.
    await until('it is begun', async () => (await complete(plane)).status === 200);
    await untilCompared();
    // What keeps it before the point of no return.
    ok = false;
    letGo();
    await untilState(plane, 'checking');
    expect((await look()).find(({ name }) => name === 'no hand-over')?.met).toBe(true);
    expect((await system.look(plane)).serviceBuckets).toBe(100);
    expect((await change(plane, 'resume')).status).toBe(200);
    await until('all is as before', async () => (await system.look(plane)).completion === null);
  });

  it('is undone at once, though all rows are being compared', async () => {
    await startInstance();
    await letAnHourPass();
    await until('all is well', async () => (await look()).every(({ met }) => met));
    expect((await complete(plane)).status).toBe(200);
    await untilCompared();
    held = new Promise(() => undefined);
    await until('it compares', () => held === undefined);
    expect((await change(plane, 'resume')).status).toBe(200);
    await until('all is as before', async () => (await system.look(plane)).completion === null);
  });

  it.each(['resume', 'rollback'])('can be undone by %s before the point of no return', async (action) => {
    const instance = await startInstance();
    if (action === 'rollback') await startInstance();
    await letAnHourPass();
    await until('all is well', async () => (await look()).every(({ met }) => met));
    expect((await complete(plane)).status).toBe(200);
    await untilCompared();
    // What keeps it before the point of no return.
    ok = false;
    await until('the program has closed', () => !instance.inUse(system.capability));
    expect(() => instance.enter(system.capability, 'GET /stock')).toThrow(/answered by the \S+ service/);
    await untilState(plane, 'checking');
    expect((await change(plane, 'share', { percent: 10 })).body.detail).toContain(
      'is being completed by first (admin)',
    );
    expect((await complete(plane)).body.detail).toContain(
      'is being completed already, begun by first (admin)',
    );
    expect((await change(plane, action)).status).toBe(200);
    await until('all is as before', async () => (await system.look(plane)).completion === null);
    expect([instance.inUse(system.capability), await monolithState()]).toEqual([true, 'open']);
    ok = true;
    const buckets = action === 'resume' ? 100 : 0;
    await until('the owners are as wanted', async () => {
      const view = await system.look(plane);
      return view.state === 'settled' && view.serviceBuckets === buckets;
    });
  });

  it('closes nothing before every known gateway has heard of it', async () => {
    await startInstance();
    await change(plane, 'share', { percent: 100 });
    await system.untilOwned(plane, 100);
    await letAnHourPass();
    const status = {
      url: 'http://gateway.example',
      endpoints: [],
      capabilities: [{ capability: system.capability, owners: {}, monolithLeaves: false }],
    };
    const gateway = await startUpstream((_request, response) => void response.end(JSON.stringify(status)));
    const metadata = { gateway: 'one-that-is-deaf', adminUrl: gateway.url };
    const { nats } = system.replication;
    const { withdraw } = await register(nats, { name: 'gateway', version: '0.0.0', metadata });
    await until('all is well', async () => (await look()).every(({ met }) => met));
    expect((await complete(plane)).status).toBe(200);
    const problem = async () => (await system.look(plane)).completion?.problem ?? '';
    await until('it waits', async () =>
      (await problem()).includes('not heard of it yet: http://gateway.example'),
    );
    await withdraw();
    await gateway.kill();
    await until('it waits', async () => (await problem()).includes(`gateways forget ${gateway.url}`));
    expect(await monolithState()).toBe('leaving');
    const forget = { ...why, adminUrl: gateway.url };
    expect((await system.ask(plane, 'POST', '/gateways/forget', forget)).status).toBe(200);
    ok = false;
    await untilState(plane, 'checking');
    expect((await change(plane, 'resume')).status).toBe(200);
    await until('all is as before', async () => (await system.look(plane)).completion === null);
  });

  /** It is begun in earnest: all rows were found to be equal. */
  async function untilCompared(): Promise<void> {
    await until('rows are compared', async () => {
      const state = (await system.look(plane)).completion?.state;
      return state !== undefined && state !== 'comparing';
    });
  }

  async function look(): Promise<{ met: boolean; name: string }[]> {
    const { body } = await system.ask(plane, 'GET', path('/completion'));
    return body.conditions;
  }
});

describe('a control plane that is killed between doing a step and writing it down', () => {
  let plane: ControlProcess;
  let journal: Connection[];

  beforeAll(async () => {
    system = await startControlledSystem();
    plane = await controlProcess(system.capability, system.journal.url, system.upstreams, {
      ...{ CONTROL_VERIFY: 'true', CONTROL_QUIET_TIME: '3600000', CONTROL_STEPS_FORWARD: '100' },
      LOG_LEVEL: 'fatal',
    });
    journal = [await createConnection(system.journal.url), await createConnection(system.journal.url)];
  });
  afterAll(async () => {
    await plane.kill();
    for (const connection of journal) await connection.end();
    await system.end();
  });

  /** Takes the row for itself, behind whoever waits for it. */
  async function hold(connection: Connection): Promise<string | undefined> {
    await connection.beginTransaction();
    const [row] = await selectRows<{ state: string }>(connection, 'SELECT state FROM completion FOR UPDATE');
    return row?.state;
  }

  const steps = [
    ['comparing', () => Promise.resolve(true)],
    ['leaving', () => monolithStateIs('leaving')],
    ['closing', () => monolithStateIs('closed')],
    ['checking', () => Promise.resolve(true)],
    ['ending', () => serviceStateIs('ended')],
    ['retiring', () => monolithStateIs('ended')],
    ['archiving', () => monolithStateIs('archived')],
  ] as const;

  const monolithStateIs = async (state: string) => (await monolithState()) === state;
  async function serviceStateIs(state: string): Promise<boolean> {
    const rows = await selectRows<{ state: string }>(
      system.replication.replica,
      'SELECT state FROM strangler_retirement',
    );
    return rows[0]?.state === state;
  }

  it('is gone on with by the next one, step by step, to the end', async () => {
    const instance = await startInstance();
    await startInstance();
    await until('it leads', () => plane.leads());
    await system.replication.source.query(`INSERT INTO stock_items VALUES ('p1', 3, 0, 1, UTC_TIMESTAMP(3))`);
    await change(plane, 'share', { percent: 100 });
    await system.untilOwned(plane, 100);
    await letAnHourPass();
    await until('it is begun', async () => (await complete(plane)).status === 200);

    let current = journal[0]!;
    let state = await hold(current);
    for (const [expected, isDone] of steps) {
      expect(state).toBe(expected);
      await until(`${expected} is done`, isDone);
      await until('its journal is about to be written', () => waiting(1));
      await plane.kill();
      await plane.start();
      await until('another one leads', () => plane.leads());
      // It writes down what it waits for, or that it goes on; then the row is ours again.
      while (state === expected) {
        const next = journal.find((one) => one !== current)!;
        await until('it has done the step again', () => waiting(1));
        const held = hold(next);
        await until('we are next', () => waiting(2));
        await current.rollback();
        [current, state] = [next, await held];
      }
    }
    expect(state).toBe('completed');
    await current.rollback();
    await untilState(plane, 'completed');
    expect(await tables()).toEqual(expect.arrayContaining(archived()));
    expect((await tables()).filter((table) => own().includes(table))).toEqual([]);
    expect(instances.map(({ retirement }) => retirement.inUse(system.capability))).toEqual([false, false]);
    expect(() => instance.enter(system.capability, 'GET /stock')).toThrow();
  });

  async function waiting(least: number): Promise<boolean> {
    const [row] = await selectRows<{ waiting: number }>(
      system.replication.source,
      `SELECT COUNT(*) AS waiting FROM information_schema.processlist
       WHERE db = '${new URL(system.journal.url).pathname.slice(1)}' AND info LIKE '%completion%' AND command <> 'Sleep'`,
    );
    return Number(row?.waiting) >= least;
  }

  it('has no way back, and says so', async () => {
    for (const action of ['resume', 'rollback', 'pause'])
      expect((await change(plane, action)).body.detail).toContain('nothing can be handed over any more');
    const share = await change(plane, 'share', { percent: 0 });
    expect(share).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('was completed by first (admin)') },
    });
    expect((await complete(plane)).body.detail).toContain('was completed already');
    const view = await system.look(plane);
    expect(view).toMatchObject({ state: 'completed', serviceBuckets: 100, reasons: [] });
  });

  it('is audited step by step', async () => {
    const { body } = await system.ask(plane, 'GET', '/audit?limit=200');
    const actions = body.items.map(({ action }: { action: string }) => action).toReversed();
    const seen = actions.filter((action: string) => action.startsWith('completion:'));
    expect(seen).toEqual(
      ['comparing', 'leaving', 'closing', 'checking', 'ending', 'retiring', 'archiving', 'completed'].map(
        (state) => `completion: ${state}`,
      ),
    );
    expect(body.broken).toBeNull();
  });

  it('drops the archive when it is told to, by name, once', async () => {
    expect((await change(plane, 'drop', { confirm: 'yes' })).status).toBe(409);
    expect((await change(plane, 'drop', { confirm: system.capability })).status).toBe(200);
    await untilState(plane, 'dropped');
    expect((await tables()).filter((table) => archived().includes(table))).toEqual([]);
    const again = await change(plane, 'drop', { confirm: system.capability });
    expect(again.body.detail).toContain('is dropped already');
  });
});
