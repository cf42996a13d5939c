import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HeldBackReason } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import type { ReplicaReads } from '../freshness/freshness.js';
import { ownersOf } from '../owners/capability-owners.js';
import { type ReadToRoute, routeReads } from './route-read.js';
import type { Endpoint } from '../routing/endpoint.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const all = Array.from({ length: bucketCount }, (_, index) => index + 1);
const keyed = { index: 0, owned: true, capability: 'stock', keyParameter: 0 } as Endpoint;
const list = { ...keyed, index: 1, keyParameter: -1 };

/** A gateway whose flag says `wanted`, and what is fresh where. */
function gateway(wanted: Side, heard = true) {
  const why: Record<Side, HeldBackReason | undefined> = { monolith: undefined, service: undefined };
  const waiting: {
    side: Side;
    wait: number;
    upTo: string;
    answer: (reason: HeldBackReason | undefined) => void;
  }[] = [];
  const lacking = new Set<string>();
  const owners = ownersOf('stock');
  /** Those who wait to learn a home. */
  const asked: ((known: boolean) => void)[] = [];
  const replica = (side: Side): ReplicaReads => ({
    whyNot: () => why[side],
    lacks: (key) => lacking.has(`${side} ${key}`),
    whenCaughtUp({ wait, upTo }, answer) {
      const timer = setTimeout(() => answer('waited'), wait);
      waiting.push({
        side,
        wait,
        upTo,
        answer: (reason) => {
          clearTimeout(timer);
          answer(reason);
        },
      });
      return () => clearTimeout(timer);
    },
  });
  const replicas = { monolith: replica('monolith'), service: replica('service') };
  const routes = routeReads({
    endpoints: [keyed, list],
    decide: () => wanted,
    freshness: {
      replicaOf: (_capability, side) => replicas[side],
      whenHeard: (callback) => callback(heard),
      beginWrite: () => {
        throw new Error('nobody writes here');
      },
    },
    ownersOf: () => owners,
    whenKnown: (_capability, _bucket, answer) => {
      asked.push(answer);
      return () => undefined;
    },
    titleOf: () => 'Stock service',
    waitsOf: () => ({ listWait: 300, mixedListWait: 5_000 }),
  });
  const note = (side: Side, buckets: readonly number[], state: 'owned' | 'released', epoch: number) =>
    owners.map.note({ side, rows: buckets.map((bucket) => ({ bucket, state, epoch })) });
  const give = (buckets: readonly number[]) => {
    note('monolith', buckets, 'released', 2);
    note('service', buckets, 'owned', 2);
  };
  note('monolith', all, 'owned', 1);
  note('service', all, 'released', 0);
  const read = (endpoint: Endpoint, key?: string) => {
    const one: ReadToRoute & { sent: Side | undefined; refused: unknown } = {
      sent: undefined,
      refused: undefined,
      endpoint,
      key,
      header: () => undefined,
      remoteAddress: '',
      heldBack: undefined,
      stopWaiting: undefined,
      send: (side) => void (one.sent = side),
      refuse: (error) => void (one.refused = error),
    };
    routes.route(one);
    return one;
  };
  return { why, waiting, lacking, owners, asked, give, note, read, routes };
}

describe.each([
  ['service', 'monolith'],
  ['monolith', 'service'],
] as const)('a read of a key that the flag sends to the %s', (wanted, other) => {
  function ownedBy(side: Side, heard = true) {
    const one = gateway(wanted, heard);
    // One bucket stays elsewhere, so that no side owns everything.
    const bucket = one.owners.bucketOf('a');
    one.give(all.filter((n) => (n === bucket) === (side === 'service')));
    return one;
  }

  it('is answered there without more ado where that side owns it', () => {
    const { why, read } = ownedBy(wanted);
    why[wanted] = 'stale';
    expect(read(keyed, 'a')).toMatchObject({ sent: wanted, heldBack: undefined });
  });

  it('is answered there by a replica that is fresh', () => {
    expect(ownedBy(other).read(keyed, 'a')).toMatchObject({ sent: wanted, heldBack: undefined });
  });

  it.each(['written', 'stale'] as const)('goes to the owner where the replica is not: %s', (reason) => {
    const { why, read } = ownedBy(other);
    why[wanted] = reason;
    expect(read(keyed, 'a')).toMatchObject({ sent: other, heldBack: reason });
  });

  it('goes to the owner while nothing is heard', () => {
    expect(ownedBy(other, false).read(keyed, 'a')).toMatchObject({ sent: other, heldBack: 'cut-off' });
  });
});

describe('a read of a key between two owners', () => {
  function between() {
    const one = gateway('service');
    one.note('monolith', [one.owners.bucketOf('a')], 'released', 2);
    return one;
  }

  it('is answered by the last owner, that has every write, unless the replica will do', () => {
    const { why, read } = between();
    expect(read(keyed, 'a').sent).toBe('service');
    why.service = 'written';
    expect(read(keyed, 'a').sent).toBe('monolith');
  });

  it('waits for the next owner where it was written lately: that may have taken the write', () => {
    const { owners, lacking, note, read } = between();
    lacking.add('monolith a');
    const one = read(keyed, 'a');
    expect(one.sent).toBeUndefined();
    note('service', [owners.bucketOf('a')], 'owned', 2);
    expect(one).toMatchObject({ sent: 'service', heldBack: undefined });
  });

  it('waits no longer than a list would', () => {
    const { lacking, read } = between();
    lacking.add('monolith a');
    const one = read(keyed, 'a');
    jest.advanceTimersByTime(300);
    expect(one).toMatchObject({ sent: 'monolith', heldBack: 'waited' });
  });
});

describe('a list', () => {
  it('is answered by a side that owns everything', () => {
    expect(gateway('monolith').read(list)).toMatchObject({ sent: 'monolith', heldBack: undefined });
  });

  it('is answered by the wanted side once that has what the other one took', () => {
    const { give, waiting, read } = gateway('monolith');
    give(all.slice(0, 30));
    const one = read(list);
    expect(waiting.map(({ side }) => side)).toEqual(['monolith']);
    waiting[0]?.answer(undefined);
    expect(one).toMatchObject({ sent: 'monolith', heldBack: undefined });
  });

  it('is answered by the other side where only that has everything', () => {
    const { give, waiting, read } = gateway('monolith');
    give(all.slice(0, 30));
    const one = read(list);
    jest.advanceTimersByTime(300);
    expect(waiting.map(({ side, wait, upTo }) => [side, wait, upTo])).toEqual([
      ['monolith', 300, 'all'],
      ['monolith', 5_000, 'answered'],
      ['service', 5_000, 'answered'],
    ]);
    waiting[2]?.answer(undefined);
    expect(one).toMatchObject({ sent: 'service', heldBack: 'waited' });
  });

  it('is answered at once by a side that owns everything where the wanted one is late', () => {
    const { give, read } = gateway('monolith');
    give(all);
    const one = read(list);
    jest.advanceTimersByTime(299);
    expect(one.sent).toBeUndefined();
    jest.advanceTimersByTime(1);
    expect(one).toMatchObject({ sent: 'service', heldBack: 'waited' });
  });

  it('is not answered without the latest writes of one side before both have had their time', () => {
    const { give, read } = gateway('monolith');
    give(all.slice(0, 30));
    const one = read(list);
    jest.advanceTimersByTime(5_299);
    expect(one.sent).toBeUndefined();
    jest.advanceTimersByTime(1);
    expect(one).toMatchObject({ sent: 'monolith', heldBack: 'waited' });
  });

  it.each([
    [30, 'monolith'],
    [70, 'service'],
  ] as const)('with %i buckets at the service is answered by the %s where neither has', (share, side) => {
    const { give, waiting, read } = gateway('service');
    give(all.slice(0, share));
    const one = read(list);
    for (let asked = waiting.shift(); asked; asked = waiting.shift()) asked.answer('stale');
    expect(one).toMatchObject({ sent: side, heldBack: 'stale' });
  });

  it('goes at once to the owner of most while nothing is heard', () => {
    const { give, read } = gateway('monolith', false);
    give(all.slice(0, 70));
    expect(read(list)).toMatchObject({ sent: 'service', heldBack: 'cut-off' });
  });
});

describe('the monolith, when the service has failed', () => {
  it.each([
    ['owns the key', [], 'written', true],
    ['has a fresh replica of it', all, undefined, true],
    ['lacks what was written lately', all, 'written', false],
  ] as const)('answers or not: it %s', (_name, service, reason, may) => {
    const { give, why, read, routes } = gateway('service');
    give(service);
    why.monolith = reason;
    const answers: boolean[] = [];
    routes.whenFreshAtMonolith(read(keyed, 'a'), (fresh) => void answers.push(fresh));
    expect(answers).toEqual([may]);
  });
});

describe('a key of which the asked side has never heard', () => {
  it('is asked of its owner, unless that was asked', () => {
    const { give, owners, read, routes } = gateway('monolith');
    give([owners.bucketOf('a')]);
    const one = read(keyed, 'a');
    expect(routes.ownerElsewhere(one, 'monolith')).toBe('service');
    expect(routes.ownerElsewhere(one, 'service')).toBeUndefined();
    expect(routes.ownerElsewhere(read(list), 'monolith')).toBeUndefined();
  });
});

describe('a read of a capability whose part of the monolith is being retired', () => {
  it('goes to the service whatever its flag says, and is never answered in its place by the monolith', () => {
    const { give, owners, read, routes } = gateway('monolith');
    give(all);
    owners.map.note({ side: 'monolith', rows: [], leaving: true });
    expect(read(keyed, 'a')).toMatchObject({ sent: 'service', heldBack: undefined });
    const asked = read(list);
    expect(asked.sent).toBe('service');
    const fresh: boolean[] = [];
    routes.whenFreshAtMonolith(asked, (is) => fresh.push(is));
    expect(fresh).toEqual([false]);
  });

  it('follows its flag again when that is taken back', () => {
    const { give, owners, read } = gateway('monolith');
    give(all);
    owners.map.note({ side: 'monolith', rows: [], leaving: true });
    owners.map.note({ side: 'monolith', rows: [], leaving: false });
    expect(read(keyed, 'a').sent).toBe('monolith');
  });
});

describe.each([
  ['monolith', 'service'],
  ['service', 'monolith'],
] as const)('a read while only the %s has been heard, and has released what is read', (heard, silent) => {
  function halfHeard() {
    const one = gateway(heard);
    one.note('monolith', all, 'released', 2);
    one.note('service', all, 'owned', 2);
    if (heard === 'service') one.note('service', all, 'released', 3);
    one.owners.map.rejoin();
    for (const side of ['monolith', 'service'] as const) one.why[side] = 'stale';
    const epoch = heard === 'service' ? 3 : 4;
    one.note(heard, all, 'released', epoch);
    return { ...one, epoch };
  }

  it.each([
    ['a key', keyed],
    ['a list', list],
  ])('waits to learn where its data are: %s', (_name, endpoint) => {
    const { asked, waiting, read, note, epoch } = halfHeard();
    const one = read(endpoint, 'a');
    expect(one).toMatchObject({ sent: undefined, refused: undefined });
    note(silent, all, 'owned', epoch);
    asked[0]?.(true);
    for (const { answer } of waiting) answer('stale');
    expect(one.sent).toBe(silent);
  });

  it.each([
    ['a key', keyed],
    ['a list', list],
  ])('is refused where nobody can tell: %s', (_name, endpoint) => {
    const { asked, waiting, read } = halfHeard();
    const one = read(endpoint, 'a');
    asked[0]?.(false);
    for (const { answer } of waiting) answer('stale');
    expect(one).toMatchObject({
      sent: undefined,
      refused: { code: 'unavailable', options: { retryAfter: 1 } },
    });
    expect(String(one.refused)).toContain('Stock service is unavailable');
  });

  it('is answered by either side whose replica is fresh', () => {
    const { why, asked, read } = halfHeard();
    why[silent] = undefined;
    expect(read(keyed, 'a')).toMatchObject({ sent: silent, heldBack: 'stale' });
    why[heard] = undefined;
    expect(read(keyed, 'a')).toMatchObject({ sent: heard, heldBack: undefined });
    expect(asked).toEqual([]);
  });

  it('does not fall back to the monolith, and asks the other side about what is not there', () => {
    const { read, routes } = halfHeard();
    const answers: boolean[] = [];
    routes.whenFreshAtMonolith(read(keyed, 'a'), (fresh) => answers.push(fresh));
    expect(answers).toEqual([false]);
    expect(routes.ownerElsewhere(read(keyed, 'a'), heard)).toBe(silent);
  });
});
