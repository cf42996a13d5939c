import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { connectDatabase } from '#platform/database/connect-database.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { until } from '../../../tests/support/until.js';
import { appendEntry } from '../audit/append-entry.js';
import type { RunningControlPlane } from '../run-control-plane.js';
import { type ControlledSystem, operator, startControlledSystem } from './support/controlled-system.js';

let system: ControlledSystem;
let plane: RunningControlPlane;
const why = { reason: 'a test' };

beforeAll(async () => {
  system = await startControlledSystem();
  plane = await system.start();
  await until('it leads', () => plane.leads());
  await system.untilOwned(plane, 0);
});

afterAll(() => system.end());

const path = (rest = '') => `/capabilities/${system.capability}${rest}`;

async function audit(): Promise<{ items: Record<string, unknown>[]; broken: string | null }> {
  return (await system.ask(plane, 'GET', '/audit')).body;
}

describe('the admin API', () => {
  it('lets nobody in without a token', async () => {
    expect((await fetch(new URL(path(), plane.url))).status).toBe(401);
    const wrong = await system.ask(plane, 'GET', path(), undefined, { authorization: 'Bearer wrong' });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('lets a viewer look, and change nothing', async () => {
    const added = await system.ask(plane, 'POST', '/tokens', {
      ...why,
      ...{ name: 'ben', role: 'viewer' },
    });
    expect(added.status).toBe(201);
    const asViewer = { authorization: `Bearer ${added.body.token}` };
    expect((await system.ask(plane, 'GET', path(), undefined, asViewer)).status).toBe(200);
    expect((await system.ask(plane, 'POST', path('/pause'), why, asViewer)).status).toBe(403);
    expect((await system.look(plane)).paused).toBeNull();
  });

  it('tells health and figures to everybody', async () => {
    expect((await fetch(new URL('/health/ready', plane.url))).status).toBe(200);
    const figures = await (await fetch(new URL('/metrics', plane.url))).text();
    expect(figures).toContain('strangler_control_leads 1');
    expect(figures).not.toContain(operator);
  });

  it('takes a change of the version that stands, and of no other', async () => {
    const { version } = await system.look(plane);
    const at = (one: number) => ({ 'if-match': `"${one}"` });
    expect((await system.ask(plane, 'POST', path('/pause'), why, at(version + 7))).status).toBe(412);
    const paused = await system.ask(plane, 'POST', path('/pause'), why, at(version));
    expect(paused).toMatchObject({ status: 200, body: { version: version + 1, state: 'paused' } });
    expect(paused.headers.get('etag')).toBe(`"${version + 1}"`);
    expect((await system.ask(plane, 'POST', path('/resume'), why, at(version + 1))).status).toBe(200);
  });

  it('takes no change without a version, or without a reason', async () => {
    const bare = await fetch(new URL(path('/pause'), plane.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
      body: JSON.stringify(why),
    });
    expect(bare.status).toBe(428);
    expect((await system.ask(plane, 'POST', path('/pause'), { reason: ' ' })).status).toBe(400);
  });

  it('names the capabilities that there are', async () => {
    const { status, body } = await system.ask(plane, 'GET', '/capabilities/nothing');
    expect({ status, detail: body.detail }).toEqual({
      status: 404,
      detail: expect.stringContaining(`there is ${system.capability}`),
    });
    const list = await system.ask(plane, 'GET', '/capabilities');
    expect(list.body).toMatchObject({ items: [{ capability: system.capability }], leader: plane.url });
  });
});

describe('the audit', () => {
  it('says who did what, when and why, with what it was before; and what was refused', async () => {
    await system.ask(plane, 'POST', path('/pause'), { onBehalfOf: 'ben', reason: 'lunch' });
    await system.ask(plane, 'POST', path('/resume'), why, { 'if-match': '"99999"' });
    await system.ask(plane, 'POST', path('/resume'), why);
    await until('the refusal is noted', async () =>
      (await audit()).items.some(({ outcome }) => outcome === 'refused'),
    );
    const { items, broken } = await audit();
    expect(broken).toBeNull();
    expect(items.find(({ onBehalfOf }) => onBehalfOf === 'ben')).toMatchObject({
      who: 'first (admin)',
      action: 'pause',
      capability: system.capability,
      outcome: 'done',
      reason: 'lunch',
      before: { paused: null },
      after: { paused: 'lunch' },
    });
    expect(items).toContainEqual(
      expect.objectContaining({
        action: 'resume',
        outcome: 'refused',
        after: { refused: expect.stringContaining('not 99999') },
      }),
    );
    expect(items).toContainEqual(
      expect.objectContaining({ who: 'ben (viewer)', action: `POST ${path('/pause')}`, outcome: 'refused' }),
    );
  });

  it('is whole whatever anybody is called or says, and wherever that is cut off', async () => {
    const database = connectDatabase(system.journal.url, 2);
    const said = ['half \ud83d a pair', '\udc00', `${'x'.repeat(99)}\u{1f600}`, '\u0000 \u{10ffff} \u00e9'];
    for (const text of said) {
      const entry = { who: text, action: text, capability: null, outcome: 'done' as const, reason: text };
      await runTransaction(database, (transaction) =>
        appendEntry(database, { ...entry, before: { text }, after: text }, transaction),
      );
    }
    await database.close();
    const { items, broken } = await audit();
    expect(broken).toBeNull();
    expect(items.slice(0, 4).map(({ after }) => after)).toEqual(said.toReversed());
    expect(items[3]).toMatchObject({ who: 'half \ufffd a pair', reason: 'half \ufffd a pair' });
    const broken400 = await system.ask(plane, 'POST', path('/pause'), { reason: '\ud800' });
    expect(broken400.status).toBe(400);
  });

  const tampering: [what: string, sql: string, back: string, found: RegExp][] = [
    [
      'changed',
      "UPDATE audit_entry SET who = 'nobody' WHERE id = 2",
      "UPDATE audit_entry SET who = 'control plane' WHERE id = 2",
      /entry 2 was changed/,
    ],
    [
      'removed',
      'UPDATE audit_entry SET id = 100000 WHERE id = 2',
      'UPDATE audit_entry SET id = 2 WHERE id = 100000',
      /entry 2 is missing/,
    ],
    [
      'cut off at the end',
      'UPDATE audit_head SET last_id = last_id + 1',
      'UPDATE audit_head SET last_id = last_id - 1',
      /are missing/,
    ],
  ];

  it.each(tampering)('notices an entry that was %s', async (_what, sql, back, found) => {
    const database = await createConnection(system.journal.url);
    const [rows] = await database.query('SELECT who FROM audit_entry WHERE id = 2');
    const [{ who } = { who: '' }] = rows as { who: string }[];
    await database.query(sql);
    expect((await audit()).broken).toMatch(found);
    await database.query(back.replace('control plane', who));
    expect((await audit()).broken).toBeNull();
    await database.end();
  });
});
