import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import type { HandOverState } from '#contracts/strangler/control-plane.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { until } from '../../../tests/support/until.js';
import { wideMs } from '../../../tests/support/wide-limits.js';
import { beginCompletion } from '../complete/completion.js';
import { changeState, type StateChange } from '../journal/change-state.js';
import { type Leader, takeTerm } from '../fence/fence.js';
import { readOpen } from '../journal/read-journal.js';
import { advance, beginHandOver, beginUnlessOvertaken, type NewHandOver } from '../journal/write-journal.js';
import { createBell } from '#platform/resilience/bell.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { type Carrier, carryOn } from '../reconcile/carry-on.js';
import type { RunningControlPlane } from '../run-control-plane.js';
import { askSidecars } from '../sides/ask-sidecars.js';
import {
  type ControlledSystem,
  impatientSettings,
  startControlledSystem,
  testSettings,
} from './support/controlled-system.js';

let system: ControlledSystem;
let planes: RunningControlPlane[] = [];
const why = { reason: 'a test' };

beforeAll(async () => {
  system = await startControlledSystem();
});

afterEach(async () => {
  await Promise.all(planes.map((plane) => plane.end()));
  planes = [];
});

afterAll(() => system.end());

async function start(settings = testSettings): Promise<RunningControlPlane> {
  const plane = await system.start({ settings });
  planes.push(plane);
  return plane;
}

async function leading(): Promise<RunningControlPlane> {
  await until('one leads', () => planes.some((plane) => plane.leads()));
  return planes.find((plane) => plane.leads())!;
}

const path = (rest: string) => `/capabilities/${system.capability}${rest}`;

describe('several control planes', () => {
  it('have one leader; the others answer reads, and say who takes changes', async () => {
    const [one, two] = [await start(), await start()];
    const leader = await leading();
    const standBy = leader === one ? two : one;
    expect(standBy.leads()).toBe(false);
    expect((await system.look(standBy)).buckets).toHaveLength(100);
    const { status, headers, body } = await system.ask(standBy, 'POST', path('/share'), {
      ...why,
      percent: 1,
    });
    expect({ status, code: body.code }).toEqual({ status: 421, code: 'not_leader' });
    expect(headers.get('x-strangler-leader')).toBe(leader.url);
  });

  it('go on when the leader ends in the middle', async () => {
    await start();
    const first = await leading();
    await start();
    await system.ask(first, 'POST', path('/share'), { ...why, percent: 100 });
    await first.end();
    planes = planes.filter((plane) => plane !== first);
    const second = await leading();
    await system.untilOwned(second, 100);
    await system.ask(second, 'POST', path('/rollback'), why);
    expect((await system.untilOwned(second, 0)).openHandOvers).toEqual([]);
  });
});

describe('a leader of an older term', () => {
  it('can not write to the journal any more', async () => {
    await start();
    const plane = await leading();
    const database = connectDatabase(system.journal.url);
    try {
      const deposed = await takeTerm(database, 'older');
      await takeTerm(database, 'newer');
      const { capability } = system;
      const wanted: NewHandOver = {
        ...{ capability, from: 'monolith', to: 'service', run: 0, state: 'releasing' },
        buckets: [{ bucket: 1, expected: 1 }],
      };
      await expect(beginHandOver(deposed, wanted)).rejects.toMatchObject({ code: 'deposed' });
      // The plane was deposed, too, but holds the lease: it takes a term of its own again.
      await system.ask(plane, 'POST', path('/pause'), why);
      await until('the plane leads again', async () => {
        const { status } = await system.ask(plane, 'POST', path('/resume'), why);
        return status === 200;
      });
    } finally {
      await database.close();
    }
  });
});

describe('a bucket', () => {
  it('has one open hand-over at most', async () => {
    const database = connectDatabase(system.journal.url);
    const leader = await takeTerm(database, 'test');
    const wanted: NewHandOver = {
      ...{ capability: 'another', from: 'monolith', to: 'service', run: 0, state: 'releasing' },
      buckets: [{ bucket: 1, expected: 1 }],
    };
    const open = await beginHandOver(leader, wanted);
    await expect(beginHandOver(leader, wanted)).rejects.toMatchObject({
      name: 'SequelizeUniqueConstraintError',
    });
    const released = await advance(leader, open, { to: 'granting' });
    await expect(advance(leader, open, { to: 'granting' })).rejects.toMatchObject({ code: 'deposed' });
    await advance(leader, released, { to: 'done', settled: { buckets: [1], outcome: 'granted' } });
    expect(await beginHandOver(leader, wanted)).toMatchObject({ state: 'releasing' });
    await database.close();
  });
});

describe('a hand-over that was decided on a while ago', () => {
  it.each<[what: string, change: (leader: Leader, capability: string) => Promise<unknown>]>([
    ['it was paused', (leader, one) => changed(leader, one, { paused: { by: 'anna', reason: 'lunch' } })],
    ['it was rolled back', (leader, one) => changed(leader, one, { rollingBack: true })],
    [
      'it was paused and resumed',
      async (leader, one) => {
        await changed(leader, one, { paused: { by: 'anna', reason: 'lunch' } });
        await changed(leader, one, { paused: null });
      },
    ],
    [
      'it is being completed',
      (leader, one) =>
        beginCompletion(
          leader,
          one,
          { ...by, action: 'complete' },
          { ...by, action: 'complete', expectedVersion: undefined },
        ),
    ],
  ])('is not written down when %s since', async (_what, change) => {
    const database = connectDatabase(system.journal.url);
    try {
      const capability = `late-${randomBytes(4).toString('hex')}`;
      const leader = await takeTerm(database, 'test');
      const wanted: NewHandOver = {
        ...{ capability, from: 'monolith', to: 'service', run: 0, state: 'releasing' },
        buckets: [{ bucket: 1, expected: 1 }],
      };
      const { version } = await changed(leader, capability, { wantedPercent: 1 });
      await change(leader, capability);
      expect(await beginUnlessOvertaken(leader, wanted, version)).toBeUndefined();
      expect(await readOpen(database, capability)).toEqual([]);
    } finally {
      await database.close();
    }
  });

  it('is written down while nothing has changed, and then keeps the capability from being completed', async () => {
    const database = connectDatabase(system.journal.url);
    try {
      const capability = `late-${randomBytes(4).toString('hex')}`;
      const leader = await takeTerm(database, 'test');
      const wanted: NewHandOver = {
        ...{ capability, from: 'monolith', to: 'service', run: 0, state: 'releasing' },
        buckets: [{ bucket: 1, expected: 1 }],
      };
      const { version } = await changed(leader, capability, { wantedPercent: 1 });
      expect(await beginUnlessOvertaken(leader, wanted, version)).toMatchObject({ state: 'releasing' });
      const complete = { ...by, action: 'complete', expectedVersion: version };
      await expect(beginCompletion(leader, capability, complete, complete)).rejects.toMatchObject({
        code: 'invalid_state',
      });
    } finally {
      await database.close();
    }
  });

  const by = { who: 'anna', reason: 'a test' };
  const changed = (leader: Leader, capability: string, change: StateChange) =>
    changeState(leader, capability, change, { ...by, action: 'test', expectedVersion: undefined });
});

/** What a leader has done when it is killed: its requests up to one, and what it wrote down of them. */
const killedAfter: [what: string, journalled: HandOverState[], asked: ('release' | 'veto' | 'reopen')[]][] = [
  ['writing down that it begins', [], []],
  ['the release', [], ['release']],
  ['writing down that it was released', ['granting'], ['release']],
  ['writing down that the grant is late', ['granting', 'vetoing'], ['release']],
  ['the veto', ['granting', 'vetoing'], ['release', 'veto']],
  ['writing down that it was vetoed', ['granting', 'vetoing', 'reopening'], ['release', 'veto']],
  ['the reopening', ['granting', 'vetoing', 'reopening'], ['release', 'veto', 'reopen']],
];

describe('another leader', () => {
  it.each(killedAfter)(
    'carries on when the first one is killed after %s',
    async (_what, journalled, asked) => {
      const { capability, replication } = system;
      const database = connectDatabase(system.journal.url);
      const sidecars = askSidecars(replication.nats, capability, wideMs);
      const { rows } = await sidecars.rows('monolith');
      const expected = rows[6]?.epoch ?? 0;
      // Where the veto has to win, nothing may arrive at the service.
      const reconnect = asked.includes('veto') ? await system.cutOff('service') : undefined;
      try {
        const leader = await takeTerm(database, 'killed');
        const wanted: NewHandOver = {
          ...{ capability, from: 'monolith', to: 'service', run: 0, state: 'releasing' },
          buckets: [{ bucket: 7, expected }],
        } as const;
        let handOver = await beginHandOver(leader, wanted);
        const named = { handOver: handOver.id };
        if (asked.includes('release'))
          await sidecars.release('monolith', {
            ...named,
            buckets: [{ bucket: 7, expected }],
            patience: wideMs,
          });
        if (asked.includes('veto'))
          await sidecars.veto('service', { ...named, buckets: [{ bucket: 7, token: expected + 1 }] });
        if (asked.includes('reopen'))
          await sidecars.reopen('monolith', { ...named, buckets: [{ bucket: 7, expected }] });
        for (const to of journalled) handOver = await advance(leader, handOver, { to });

        const next = await takeTerm(database, 'next');
        await carryOnAs(next);
        expect(await readOpen(database, capability)).toEqual([]);
        const [monolith, service] = [await sidecars.rows('monolith'), await sidecars.rows('service')];
        const owners = [monolith, service].filter((side) => side.rows[6]?.state === 'owned');
        expect(owners).toHaveLength(1);
        expect(owners[0]?.side).toBe(asked.includes('veto') ? 'monolith' : 'service');
      } finally {
        await reconnect?.();
        await bringHome(database);
        await database.close();
      }
    },
  );

  it.each<[what: string, standing: Standing, released: boolean, state: HandOverState]>([
    ['leaves it, when it is paused', { paused: true }, false, 'releasing'],
    ['ends it, when it is paused, and was released', { paused: true }, true, 'done'],
    ['gives it up, when it is not wanted any more', { wanted: false }, false, 'given-up'],
    ['gives it up, when it is not wanted any more, and was released', { wanted: false }, true, 'given-up'],
  ])(
    'that finds a hand-over which nobody has noted to be released %s',
    async (_what, standing, released, state) => {
      const { capability, replication } = system;
      const database = connectDatabase(system.journal.url);
      const sidecars = askSidecars(replication.nats, capability, wideMs);
      const expected = (await sidecars.rows('monolith')).rows[6]?.epoch ?? 0;
      const buckets = [{ bucket: 7, expected }];
      // Where a veto has to win, nothing may arrive at the service.
      const reconnect = state === 'given-up' ? await system.cutOff('service') : undefined;
      try {
        const leader = await takeTerm(database, 'killed');
        const wanted = { capability, from: 'monolith', to: 'service', run: 0, state: 'releasing' } as const;
        const handOver = await beginHandOver(leader, { ...wanted, buckets });
        if (released)
          await sidecars.release('monolith', { handOver: handOver.id, buckets, patience: wideMs });
        const next = await takeTerm(database, 'next');
        const after = await carryOn(carrierAs(next, standing), handOver);
        expect(after.state).toBe(state);
        const [row] = (await sidecars.rows('monolith')).rows.filter(({ bucket }) => bucket === 7);
        expect(row?.state).toBe(state === 'done' ? 'released' : 'owned');
        if (state === 'releasing') await carryOnAs(next);
      } finally {
        await reconnect?.();
        await bringHome(database);
        await database.close();
      }
    },
  );

  interface Standing {
    wanted?: boolean;
    paused?: boolean;
  }

  function carrierAs(leader: Leader, { wanted = true, paused = false }: Standing = {}): Carrier {
    const parts = {
      capability: system.capability,
      sidecars: askSidecars(system.replication.nats, system.capability, wideMs),
      settings: testSettings,
      bell: createBell(),
      heard: createBell(),
      logger: { info: () => undefined, warn: () => undefined },
    } as unknown as CapabilityParts;
    const { signal } = new AbortController();
    return { leader, signal, parts, wants: () => wanted, paused };
  }

  async function carryOnAs(leader: Leader): Promise<void> {
    await until('nothing is open', async () => {
      const open = await readOpen(leader.database, system.capability);
      for (const handOver of open) await carryOn(carrierAs(leader), handOver);
      return open.length === 0;
    });
  }

  /** The next case begins with the monolith as the owner again. */
  async function bringHome(database: ReturnType<typeof connectDatabase>): Promise<void> {
    const { capability, replication } = system;
    const { rows } = await askSidecars(replication.nats, capability, wideMs).rows('service');
    const leader = await takeTerm(database, 'home');
    const [row] = rows.filter(({ bucket, state }) => bucket === 7 && state === 'owned');
    if (!row) return;
    const buckets = [{ bucket: 7, expected: row.epoch }];
    await beginHandOver(leader, {
      capability,
      from: 'service',
      to: 'monolith',
      run: 0,
      buckets,
      state: 'releasing',
    });
    await carryOnAs(leader);
  }
});

describe('a hand-over that the journal has lost', () => {
  it('is found by its rows, and ended', async () => {
    const { capability, replication } = system;
    const reconnect = await system.cutOff('service');
    const sidecars = askSidecars(replication.nats, capability, wideMs);
    const { rows } = await sidecars.rows('monolith');
    const buckets = [{ bucket: 9, expected: rows[8]?.epoch ?? 0 }];
    await sidecars.release('monolith', { handOver: 'forgotten', buckets, patience: wideMs });
    await start(impatientSettings);
    const plane = await leading();
    await until('the bucket has its owner again', async () => {
      const view = await system.look(plane);
      return view.buckets[8]?.owner === 'monolith' && view.openHandOvers.length === 0;
    });
    await reconnect();
  });
});

describe('two owners of one bucket', () => {
  it('stop the capability until a person has looked', async () => {
    await start();
    const plane = await leading();
    await system.untilOwned(plane, 0);
    const service = await createConnection(system.replication.replicaUrl);
    const table = `\`${system.capability}_ownership\``;
    await service.query(`UPDATE ${table} SET state = 'owned', epoch = 99 WHERE bucket = 50`);
    await until('it is stopped', async () => (await system.look(plane)).state === 'stopped');
    expect((await system.look(plane)).reasons[0]).toContain('both sides own bucket 50');
    await service.query(`UPDATE ${table} SET state = 'released', epoch = 0 WHERE bucket = 50`);
    await service.end();
    await system.ask(plane, 'POST', path('/resume'), why);
    await system.untilOwned(plane, 0);
  });
});
