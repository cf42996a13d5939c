import { describe, expect, it } from '@jest/globals';
import { replicationConcerns, stoppedIn } from './replication-concerns.js';

const works = { program: 'any', capture: { state: 'reading' }, applier: { state: 'applying' } };
const view = {
  capability: 'orders',
  sidecars: { monolith: works, service: works },
  ownership: { monolith: undefined, service: undefined },
  owned: { monolith: 100, service: 0 },
  betweenOwners: [],
};

describe('what status says of replication', () => {
  it('is nothing while all of it works, starts, or has nobody who answers', () => {
    expect(stoppedIn(view)).toEqual([]);
    const starts = { ...works, capture: { state: 'starting' }, applier: { state: 'waiting' } };
    expect(stoppedIn({ ...view, sidecars: { monolith: starts, service: undefined } })).toEqual([]);
  });

  it('names each capture and applier that is stopped, why, and what to do', () => {
    const failure = { code: 'two_owners', message: 'the other side has written rows.' };
    const capture = { state: 'stopped', code: 'unsafe_table', message: 'tables:\n  orders: no key' };
    const sidecars = {
      monolith: { ...works, applier: { state: 'stopped', failure } },
      service: { ...works, capture },
    };
    expect(stoppedIn({ ...view, sidecars })).toEqual([
      "changes of orders don't arrive on the monolith, whose applier is stopped (two_owners): the other side has written rows; " +
        '"npx strangler data repair orders" says what to do',
      "changes of orders don't leave the service, whose capture is stopped (unsafe_table): tables: orders: no key; " +
        '"npx strangler data repair orders" says what to do',
    ]);
  });

  it('names a backfill that can not go on, before what else is wrong on that side', () => {
    const backfill = { complete: false, rows: 1, problem: 'a row is\n too large.' };
    const sidecars = {
      monolith: works,
      service: { ...works, applier: { state: 'stopped', backfill, message: 'no room' } },
    };
    expect(stoppedIn({ ...view, sidecars: sidecars as never })).toEqual([
      `the backfill of orders on the service can't go on: a row is too large; "npx strangler data repair orders" says what to do`,
      "changes of orders don't arrive on the service, whose applier is stopped (no code): no room; " +
        '"npx strangler data repair orders" says what to do',
    ]);
  });

  it('is that nobody could be asked, where that is so', async () => {
    const places = { natsUrl: 'nats://127.0.0.1:1' } as never;
    expect(await replicationConcerns(places, ['orders'])).toEqual([
      expect.stringMatching(/^whether changes are replicated is not known: ./),
    ]);
  });

  it('is nothing where there is nobody to ask', async () => {
    expect(await replicationConcerns({} as never, ['orders'])).toEqual([]);
    expect(await replicationConcerns({ natsUrl: 'nats://127.0.0.1:1' } as never, [])).toEqual([]);
  });
});
