import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { controlMigrations } from '../../../migrations/schema/control/index.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { carryCompletion } from '../complete/carry-completion.js';
import { advanceCompletion, beginCompletion, readCompletion } from '../complete/completion.js';
import type { Judging } from '../complete/conditions.js';
import { changeState, noteFailures } from '../journal/change-state.js';
import { type Leader, takeTerm } from '../fence/fence.js';
import { readOpen, readState } from '../journal/read-journal.js';
import { advance, beginHandOver } from '../journal/write-journal.js';
import { createBell } from '#platform/resilience/bell.js';
import { backOffAfter, type CapabilityParts } from '../capability/capability-parts.js';
import { carryOn } from '../reconcile/carry-on.js';
import { impatientSettings, testSettings } from './support/controlled-system.js';
import { withClockOff } from './support/with-clock-off.js';

let journal: TestDatabase;
let database: Sequelize;
let capability: string;

beforeAll(async () => {
  journal = await createTestDatabase('control');
  database = connectDatabase(journal.url, 3);
  await migrateSchema(database, controlMigrations, createLogger('test', 'silent'));
});
afterAll(async () => {
  await database.close();
  await journal.drop();
});

const minutes = 60_000;
const clocks: [what: string, off: number][] = [
  ['ahead', 5 * minutes],
  ['behind', -5 * minutes],
];

/** A capability between two sides of which the test says what they answer. */
function partsWith(sidecars: object, settings = testSettings): CapabilityParts {
  const silent = () => undefined;
  const logger = { info: silent, warn: silent };
  const bells = { bell: createBell(), heard: createBell() };
  return { capability, database, sidecars, settings, logger, ...bells } as unknown as CapabilityParts;
}

/** A hand-over whose buckets were released just now, by the journal of a leader whose clock is off by so much. */
async function released(off: number): Promise<void> {
  capability = `clock-${randomBytes(4).toString('hex')}`;
  await withClockOff(off, async () => {
    const leader = await takeTerm(database, 'first');
    const begun = { capability, from: 'monolith', to: 'service', run: 0, state: 'releasing' } as const;
    const handOver = await beginHandOver(leader, { ...begun, buckets: [{ bucket: 7, expected: 1 }] });
    await advance(leader, handOver, { to: 'granting' });
  });
}

async function carriedOn(off: number, parts: CapabilityParts): Promise<string> {
  return withClockOff(off, async () => {
    const leader = await takeTerm(database, 'next');
    const [open] = await readOpen(database, capability);
    const { signal } = new AbortController();
    const carrier = { leader, signal, parts, wants: () => true, paused: false };
    return (await carryOn(carrier, open!)).state;
  });
}

describe('a leader that takes over from one whose clock is minutes away', () => {
  const pairs = clocks.flatMap(([what, off]) => [
    { what: `its own is ${what}`, first: 0, next: off },
    { what: `the other's was ${what}`, first: off, next: 0 },
  ]);

  it.each(pairs)('waits for a grant as long as anybody would: $what', async ({ first, next }) => {
    await released(first);
    let looks = 0;
    const parts = partsWith({
      // The grant is there at the third look.
      rows: async () => ({ rows: [{ bucket: 7, state: 'owned', epoch: ++looks < 3 ? 0 : 2, vetoed: 0 }] }),
      veto: () => Promise.reject(new Error('vetoed too early')),
    });
    expect(await carriedOn(next, parts)).toBe('done');
  });

  it.each(pairs)('and no longer: $what', async ({ first, next }) => {
    await released(first);
    const parts = partsWith(
      {
        rows: async () => ({ rows: [] }),
        veto: async () => ({ buckets: [{ bucket: 7, outcome: 'vetoed' }] }),
        reopen: async () => ({ rows: [{ bucket: 7, state: 'owned', epoch: 3, vetoed: 0 }] }),
      },
      impatientSettings,
    );
    expect(await carriedOn(next, parts)).toBe('given-up');
  });

  it.each(clocks)('rests after a failure for as long as the other one meant: %s', async (_what, off) => {
    capability = `clock-${randomBytes(4).toString('hex')}`;
    const settings = { ...testSettings, backOff: minutes };
    const leader = await takeTerm(database, 'first');
    await withClockOff(off, () =>
      noteFailures(leader, capability, 1, backOffAfter(settings, 1, leader.clock.now())),
    );
    const state = await readState(database, capability);
    expect(state.resting).toBe(true);
    expect(state.nextTryAt!.getTime()).toBeLessThan(leader.clock.now().getTime() + 2 * minutes);
  });
});

describe('a completion', () => {
  const judging = { notLeaving: async () => [] } as unknown as Judging;
  const { signal } = new AbortController();
  const why = { who: 'anna', action: 'complete', reason: 'a test' };

  async function leaving(off: number): Promise<Leader> {
    capability = `clock-${randomBytes(4).toString('hex')}`;
    return withClockOff(off, async () => {
      const leader = await takeTerm(database, 'first');
      await changeState(leader, capability, { wantedPercent: 100 }, { ...why, expectedVersion: undefined });
      await beginCompletion(leader, capability, why, { ...why, expectedVersion: undefined });
      await advanceCompletion(leader, { capability, state: 'comparing' }, 'leaving', why);
      return leader;
    });
  }

  async function carriedOnce(leader: Leader): Promise<string | undefined> {
    const begun = await readCompletion(database, capability);
    const parts = partsWith({ retire: async () => ({ accepted: true, now: { instances: [] } }) });
    await carryCompletion(parts, leader, judging, begun!, signal);
    return (await readCompletion(database, capability))?.state;
  }

  it.each(clocks)('gives the gateways time to hear of it, with a clock %s', async (_what, off) => {
    const leader = await leaving(-off);
    const begunAt = (await readCompletion(database, capability))!.changedAt;
    expect(Math.abs(begunAt.getTime() - leader.clock.now().getTime())).toBeLessThan(2 * minutes);
    // The journal's clock is set by hand, so that no machine is too slow for this.
    const after = (milliseconds: number): Leader => ({
      ...leader,
      clock: { now: () => new Date(begunAt.getTime() + milliseconds), heard: () => undefined },
    });
    expect(await withClockOff(off, () => carriedOnce(after(1_000)))).toBe('leaving');
    expect(await withClockOff(off, () => carriedOnce(after(10_000)))).toBe('closing');
  });
});
