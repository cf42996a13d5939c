import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { testKeys } from '../../../tests/support/test-keys.js';
import { wideMs } from '../../../tests/support/wide-limits.js';
import type { AnySaga } from '../held-saga.js';
import { createSagaEngine, type SagaEngine } from '../saga-engine.js';
import { type SagaStore, sagasIn, type StoredSaga } from '../saga-store.js';
import { createSagaTables, keepEndsOfSagas } from '#platform/database/saga-table.js';
import {
  allDone,
  allTakenBack,
  createTripTables,
  type Interference,
  outcomeOf,
  refusal,
  stepNames,
  tripSaga,
} from './trip.js';

let schema: TestDatabase;
let database: Sequelize;
const engines: SagaEngine[] = [];

beforeAll(async () => {
  schema = await createTestDatabase('saga');
  database = connectDatabase(schema.url);
  await createSagaTables(database.getQueryInterface());
  await keepEndsOfSagas(database.getQueryInterface());
  await createTripTables(database);
});
afterEach(async () => void (await Promise.all(engines.splice(0).map((engine) => engine.stop()))));
afterAll(async () => {
  await database.close();
  await schema.drop();
});

const undisturbed: Interference = {
  ...{ timeoutMs: wideMs, patienceMs: wideMs },
  before: () => {},
  after: () => {},
};

/** One instance of a service; it takes sagas up that others have left. */
function startInstance(
  change: Partial<Interference> = {},
  store: SagaStore = sagasIn(database, testKeys),
  leaseMs = 2 * wideMs,
) {
  const saga = tripSaga(database, { ...undisturbed, ...change });
  const engine = createSagaEngine({
    ...{ sagas: [saga], store, leaseMs, pollMs: 40 },
    inTransaction: (_saga, work) => runTransaction(database, work),
    logger: createLogger('saga', 'silent'),
  });
  engines.push(engine);
  engine.start();
  return {
    engine,
    begin: async () => {
      const sagaId = randomUUID();
      const start = { sagaId, subject: sagaId, data: { traveller: 'Ada', card: 'secret' } };
      await runTransaction(database, (transaction) => engine.begin(saga, start, transaction));
      return sagaId;
    },
    run: (sagaId: string, patienceMs = wideMs) => engine.runSaga(saga, sagaId, patienceMs),
  };
}

const hasEnded = async (sagaId: string) =>
  ['done', 'compensated'].includes((await outcomeOf(database, sagaId)).saga ?? '');
const ended = (sagaId: string) => until('the saga has ended', () => hasEnded(sagaId));

describe('a saga', () => {
  it('takes its steps, remembers what they found, and forgets what nobody needs any more', async () => {
    const { begin, run } = startInstance();
    const sagaId = await begin();
    expect(await run(sagaId)).toEqual({
      ...{ status: 'done', ended: true, reason: null },
      data: { traveller: 'Ada', ticket: 'T-1' },
    });
    expect(await outcomeOf(database, sagaId)).toEqual(allDone);
  });

  it('that is refused takes back what was done, and says why', async () => {
    const { begin, run } = startInstance({
      before: (step) => {
        if (step === 'book hotel') throw refusal('full');
      },
    });
    // Its compensation is not called at all: the only call was answered.
    const sagaId = await begin();
    const { reason, status } = await run(sagaId);
    expect([status, reason]).toEqual(['compensated', { code: 'insufficient_stock', message: 'full' }]);
    expect(await outcomeOf(database, sagaId)).toEqual(allTakenBack);
  });

  it('works on its subject alone', async () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    const { begin, run, engine } = startInstance({
      before: (step) => (step === 'book flight' ? opened : undefined),
    });
    const sagaId = await begin();
    const saga = tripSaga(database, undisturbed);
    const second = () =>
      runTransaction(database, (transaction) =>
        engine.begin(
          saga,
          { sagaId: randomUUID(), subject: sagaId, data: { traveller: 'B', card: '' } },
          transaction,
        ),
      );
    await expect(second()).rejects.toMatchObject({ code: 'saga_in_progress' });
    const working = () => runTransaction(database, (transaction) => engine.workingOn(sagaId, transaction));
    expect(await working()).toBe('trip');
    open();
    await run(sagaId);
    expect(await working()).toBeUndefined();
    await second();
  });

  it('is forgotten some time after its end, and not before', async () => {
    const { begin, run, engine } = startInstance();
    const known = async () => (await outcomeOf(database, sagaId)).saga;
    const sagaId = await begin();
    await engine.forgetEnded(0);
    expect(await known()).toBeDefined();
    await run(sagaId);
    await engine.forgetEnded(60_000);
    expect(await known()).toBe('done');
    await until('it is forgotten', async () => {
      await engine.forgetEnded(0);
      return (await known()) === undefined;
    });
  });

  it('is forgotten, too, when an instance has ended it that does not note when', async () => {
    const { begin, run, engine } = startInstance();
    const [ended, open] = [await begin(), await begin()];
    await Promise.all([run(ended), run(open)]);
    // As rows stand that are older than the column.
    await database.query('UPDATE sagas SET ended_at = NULL');
    await database.query(
      "UPDATE sagas SET status = 'running', leased_until = '2999-01-01' WHERE saga_id = ?",
      {
        replacements: [open],
      },
    );
    const known = async (sagaId: string) => (await outcomeOf(database, sagaId)).saga;
    await engine.forgetEnded(60_000);
    expect(await known(ended)).toBe('done');
    await until('it is forgotten', async () => {
      await engine.forgetEnded(0);
      return (await known(ended)) === undefined;
    });
    expect(await known(open)).toBe('running');
  });

  it('is held by its beginner from its commit on: no other instance can claim it', async () => {
    const store = sagasIn(database, testKeys);
    const begin = async (leaseMs: number) => {
      const sagaId = randomUUID();
      const stored: StoredSaga = {
        ...{ sagaId, saga: 'trip', subject: sagaId, status: 'running', step: 'book flight', calls: 'none' },
        ...{ failures: 0, since: 0, reason: null, lastError: null, data: {}, revision: 1 },
      };
      await runTransaction(database, (transaction) => store.begin(stored, leaseMs, transaction));
      return stored;
    };
    const [held, left] = [await begin(60_000), await begin(0)];
    expect(await store.due(100)).toEqual([left.sagaId]);
    expect(await store.claim(held, 1_000)).toBe(false);
    expect(await store.claim(left, 1_000)).toBe(true);
    await database.query('DELETE FROM sagas WHERE saga_id IN (?)', {
      replacements: [[held.sagaId, left.sagaId]],
    });
  });

  it('is waited for no longer than asked, and goes on all the same', async () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    const { begin, run } = startInstance({
      before: (step) => (step === 'book hotel' ? opened : undefined),
    });
    const sagaId = await begin();
    expect((await run(sagaId, 60)).ended).toBe(false);
    open();
    await ended(sagaId);
    expect((await outcomeOf(database, sagaId)).saga).toBe('done');
  });
});

describe('a process that dies', () => {
  /** Dies at a writing: nothing that it does afterwards reaches the database, as after a kill. */
  function dyingStore(at: number, moment: 'before' | 'after'): SagaStore & { died: () => boolean } {
    const real = sagasIn(database, testKeys);
    let count = 0;
    let dead = false;
    const dying =
      <Args extends unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        if (dead) throw new Error('dead');
        count += 1;
        dead = count === at && moment === 'before';
        if (dead) throw new Error('killed before writing');
        const result = await write(...args);
        // Dead only now: the test ends the lease of a dead process, and this writing would set a new one.
        dead = count === at;
        if (dead && args[2] === undefined) throw new Error('killed after writing');
        return result;
      };
    const gone = () => dead;
    return {
      ...real,
      claim: dying(real.claim),
      save: dying(real.save),
      due: async () => [],
      died: gone,
    };
  }

  const refusals = [undefined, 'book hotel'] as const;
  const cases = refusals.flatMap((refused) =>
    (['before', 'after'] as const).flatMap((moment) =>
      Array.from({ length: 7 }, (_, index) => ({ at: index + 1, moment, refused })),
    ),
  );

  it.each(cases)('$moment writing $at (refused: $refused) leaves a saga that others end', async (one) => {
    const interference: Partial<Interference> = {
      before: (step, action) => {
        if (step === one.refused && action === 'run') throw refusal('full');
      },
    };
    const store = dyingStore(one.at, one.moment);
    const dying = startInstance(interference, store);
    const sagaId = await dying.begin();
    await until('it has died, or is done', async () => store.died() || hasEnded(sagaId));
    // Time goes by until its lease has ended.
    await database.query('UPDATE sagas SET leased_until = NOT_BEFORE WHERE saga_id = ?', {
      replacements: [sagaId],
    });
    startInstance(interference);
    await ended(sagaId);
    expect(await outcomeOf(database, sagaId)).toEqual(one.refused ? allTakenBack : allDone);
  });
});

describe('a step', () => {
  const remote = stepNames.filter((name) => name.startsWith('book') || name.startsWith('send'));
  const twice = (fail: () => Error) => {
    let failures = 0;
    return () => {
      failures += 1;
      if (failures <= 2) throw fail();
    };
  };

  it.each(remote)('that fails before its work is taken again: %s', async (name) => {
    const fail = twice(() => new Error('away'));
    const { begin } = startInstance({ before: (step) => (step === name ? fail() : undefined) });
    const sagaId = await begin();
    await ended(sagaId);
    expect((await outcomeOf(database, sagaId)).saga).toBe('done');
  });

  it.each(remote)('whose answer is lost is asked for, and not taken twice: %s', async (name) => {
    const calls: string[] = [];
    const { begin } = startInstance({
      after: (step, action) => {
        if (step !== name) return;
        calls.push(action);
        if (calls.length === 1) throw new Error('the answer was lost');
      },
    });
    const sagaId = await begin();
    await ended(sagaId);
    expect(await outcomeOf(database, sagaId)).toEqual(allDone);
    expect(calls).toEqual(['run', 'ask']);
  });

  it.each(['book flight', 'book hotel'])(
    'that never answers is given up, and made sure not to be done: %s',
    async (name) => {
      const calls: string[] = [];
      const { begin } = startInstance({
        patienceMs: 200,
        after: (step, action) => {
          if (step !== name) return;
          calls.push(action);
          if (action !== 'compensate') throw new Error('the answer was lost');
        },
      });
      const sagaId = await begin();
      await ended(sagaId);
      expect(await outcomeOf(database, sagaId)).toEqual(allTakenBack);
      expect(calls.filter((call) => call === 'run')).toHaveLength(1);
    },
  );

  it('that takes too long is not waited for', async () => {
    let calls = 0;
    const aborted: boolean[] = [];
    let arrive = () => {};
    const late = new Promise<void>((resolve) => (arrive = resolve));
    let arrived = false;
    let slowCall: AbortSignal | undefined;
    const { begin } = startInstance({
      timeoutMs: 300,
      after: (_step, _action, { signal }) => {
        if (signal === slowCall) arrived = true;
      },
      before: async (step, action, { signal }) => {
        if (step !== 'book hotel' || action !== 'run') return;
        calls += 1;
        if (calls > 1) return;
        slowCall = signal;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        aborted.push(signal.aborted);
        await late;
      },
    });
    const sagaId = await begin();
    await ended(sagaId);
    expect(aborted).toEqual([true]);
    const atEnd = await outcomeOf(database, sagaId);
    expect(atEnd).toEqual(allDone);
    arrive();
    await until('the slow call has arrived', () => arrived);
    // And has changed nothing.
    expect(await outcomeOf(database, sagaId)).toEqual(atEnd);
  });

  it('that is local and fails is tried again, in a transaction of its own', async () => {
    const fail = twice(() => new Error('the database is away'));
    const { begin } = startInstance({
      before: (step) => (step === 'confirm trip' ? fail() : undefined),
    });
    const sagaId = await begin();
    await ended(sagaId);
    expect(await outcomeOf(database, sagaId)).toEqual(allDone);
  });
});

describe('a compensation', () => {
  it.each(['open trip', 'book flight', 'book hotel'] as const)(
    'that fails is repeated until it succeeds, and is seen until then: %s',
    async (name) => {
      let broken = true;
      const { begin, engine } = startInstance({
        patienceMs: 200,
        before: (step, action) => {
          if (step === 'book hotel' && action === 'ask') throw new Error('no answer');
          if (step === 'book hotel' && action === 'run') throw new Error('no answer');
          if (step === name && action === 'compensate' && broken) throw new Error('still broken');
        },
      });
      const sagaId = await begin();
      const isHere = (saga: { sagaId: string; status: string; step: string }) =>
        saga.sagaId === sagaId && saga.status === 'compensating' && saga.step === name;
      await until('it is seen among the stuck ones', async () => (await engine.stuck(3)).some(isHere));
      const stuck = (await engine.stuck(3)).find(isHere);
      expect(stuck).toMatchObject({
        status: 'compensating',
        saga: 'trip',
        lastError: expect.stringContaining('still broken'),
      });
      broken = false;
      await ended(sagaId);
      expect(await outcomeOf(database, sagaId)).toEqual(allTakenBack);
      expect((await engine.stuck(1)).filter((saga) => saga.sagaId === sagaId)).toEqual([]);
    },
  );
});

describe('several instances', () => {
  it('share the sagas, and each step is called once', async () => {
    const calls = new Map<string, number>();
    const counted: Partial<Interference> = {
      before: (step, action, { sagaId }) => {
        const call = `${sagaId} ${action} ${step}`;
        calls.set(call, (calls.get(call) ?? 0) + 1);
      },
    };
    const instances = [startInstance(counted), startInstance(counted), startInstance(counted)];
    const begun = await Promise.all(Array.from({ length: 12 }, () => instances[0]!.begin()));
    await Promise.all(begun.flatMap((sagaId) => instances.map(({ run }) => run(sagaId))));
    for (const sagaId of begun) expect(await outcomeOf(database, sagaId)).toEqual(allDone);
    expect([...calls.values()].filter((count) => count > 1)).toEqual([]);
  });

  it('overtake one that has lost its lease, which then writes nothing', async () => {
    const real = sagasIn(database, testKeys);
    let thawed = () => {};
    const frozen = new Promise<void>((resolve) => (thawed = resolve));
    let overtaken = 0;
    // Stops in the middle, after its call and before it writes that down: as a paused machine does.
    let writes = 0;
    const freezing: SagaStore = {
      ...real,
      due: async () => [],
      save: async (...args) => {
        writes += 1;
        if (writes === 2) await frozen;
        const written = await real.save(...args);
        if (!written) overtaken += 1;
        return written;
      },
    };
    const slow = startInstance({ timeoutMs: 300 }, freezing, 500);
    const sagaId = await slow.begin();
    const waiting = slow.run(sagaId);
    await until('it has stopped', () => writes === 2);
    startInstance();
    await ended(sagaId);
    const before = await real.find(sagaId);
    thawed();
    expect((await waiting).status).toBe('done');
    await until('it has tried to write', () => overtaken === 1);
    await slow.engine.stop();
    expect(await real.find(sagaId)).toEqual(before);
    expect(await outcomeOf(database, sagaId)).toEqual(allDone);
  });
});

it('has no step that may take longer than the lease', () => {
  const saga = tripSaga(database, undisturbed) as unknown as AnySaga;
  const options = {
    inTransaction: runNothing,
    logger: createLogger('saga', 'silent'),
    store: sagasIn(database, testKeys),
  };
  expect(() => createSagaEngine({ ...options, sagas: [saga], leaseMs: 400 })).toThrow(
    '"book flight" of trip',
  );
});

const runNothing = () => Promise.reject(new Error('not here'));
