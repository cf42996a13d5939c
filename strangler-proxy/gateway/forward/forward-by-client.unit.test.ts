import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Breaker, createBreaker } from '#platform/resilience/breaker.js';
import { type Bulkhead, createBulkhead } from '#platform/resilience/bulkhead.js';
import { reportCaughtTo } from '#platform/telemetry/guarded.js';
import type { AnswerHandler } from '../client/call.js';
import { UnwritableRequest } from '../client/write-head.js';
import { createAbsence } from './absence.js';
import { createDeadlines } from './deadlines.js';
import type { AnswerReceiver, Failure, HeadVerdict, OutgoingRequest } from './forward.js';
import { forwardByClient } from './forward-by-client.js';
import type { Instance } from './instances.js';
import type { Lane } from './lane.js';
import { createRepeatBudget } from './repeat-budget.js';

/** More than open a breaker that is set as it comes. */
const many = 25;
const now = () => performance.now();

let breaker: Breaker;
let bulkhead: Bulkhead;
let against: number;
let aborted: number;
let lane: Lane;
let deadlines: ReturnType<typeof createDeadlines>;
/** The upstream's part: what it does with a request. */
let upstream: (handler: AnswerHandler) => void;

beforeAll(() => reportCaughtTo(() => undefined));
beforeEach(() => {
  breaker = createBreaker({ consecutive: 5, percent: 50, volume: 20, retryAfter: 60_000 }, now);
  bulkhead = createBulkhead({ concurrent: 10, queue: 10, wait: 60_000 });
  deadlines = createDeadlines(60_000, now);
  against = aborted = 0;
  const send = (_request: unknown, handler: AnswerHandler) => {
    upstream(handler);
    return { begun: true, abort: () => void (aborted += 1), resume: () => undefined };
  };
  const instance = { inFlight: 0, connections: { send } } as unknown as Instance;
  lane = {
    ...{ side: 'service', section: 'capabilities.stock', statusTells: true },
    instances: {
      pick: () => instance,
      hasOther: () => false,
      succeeded: () => undefined,
      failed: () => void (against += 1),
    } as unknown as Lane['instances'],
    ...{ breaker, bulkhead, absence: createAbsence(1_000, now), repeats: createRepeatBudget(now) },
    ...{ refused: { breaker: 0, bulkhead: 0 }, answerDeadlines: deadlines },
  };
});

afterEach(() => {
  breaker.close();
  deadlines.close();
});

/** Sends a request. @returns how its exchange has failed, each time that this was said */
async function sent(receives: Partial<AnswerReceiver> = {}): Promise<Failure[]> {
  const failures: Failure[] = [];
  const receiver: AnswerReceiver = {
    ...{ informed: () => undefined, head: () => 'pass' as const, data: () => true, end: () => undefined },
    failed: (failure) => void failures.push(failure),
    ...receives,
  };
  forwardByClient(now)(lane, { body: null } as unknown as OutgoingRequest, receiver);
  await new Promise((resolve) => setImmediate(resolve));
  return failures;
}

function answers(status: number): (handler: AnswerHandler) => void {
  return (handler) =>
    // Not before the caller has the call in hand, as on a connection.
    process.nextTick(() => {
      handler.informed(103, []);
      handler.head(status, [], 'OK');
      handler.data(Buffer.from('a'));
      handler.data(Buffer.from('b'));
      handler.end([]);
    });
}

function unharmed(): void {
  expect([breaker.state, bulkhead.running, bulkhead.waiting, against]).toEqual(['closed', 0, 0, 0]);
}

const fails = () => {
  throw new Error('a mistake of ours');
};

describe('an exception on the way of an answer', () => {
  it.each([
    ['of an interim one', { informed: fails }, 1],
    ['of its head', { head: fails }, 1],
    ['of its body', { data: fails }, 1],
    // Nothing is left to be dropped then.
    ['of its end', { end: fails }, 0],
  ] as const)(
    'ends its exchange once, and says nothing of the upstream: %s',
    async (_where, receives, drops) => {
      upstream = answers(200);
      for (let n = 1; n <= many; n++) {
        const failures = await sent(receives);
        expect(failures).toMatchObject([
          { kind: 'unfit', sent: true, cause: { message: 'a mistake of ours' } },
        ]);
        expect(aborted).toBe(n * drops);
      }
      unharmed();
    },
  );
});

describe('what is no failure of the upstream', () => {
  it('is an answer that can not be read', async () => {
    upstream = (handler) =>
      process.nextTick(() => handler.failed({ kind: 'unfit', sent: true, cause: new Error('nonsense') }));
    for (let n = 0; n < many; n++) expect(await sent()).toMatchObject([{ kind: 'unfit' }]);
    unharmed();
  });

  it('is a request that can not be written', async () => {
    upstream = () => {
      throw new UnwritableRequest('a header with a line break');
    };
    for (let n = 0; n < many; n++) expect(await sent()).toMatchObject([{ kind: 'invalid', sent: false }]);
    unharmed();
  });

  it.each([502, 503, 504])('is %s of a service that its client gets', async (status) => {
    upstream = answers(status);
    for (let n = 0; n < many; n++) expect(await sent()).toEqual([]);
    expect([breaker.state, bulkhead.running]).toEqual(['closed', 0]);
    // Another instance had better be asked, if there is one.
    expect(against).toBe(many);
  });

  it.each([502, 503, 504])('is %s of a service in whose place another answers', async (status) => {
    upstream = answers(status);
    const head = (): HeadVerdict => 'discard';
    for (let n = 0; n < many; n++) expect(await sent({ head })).toEqual([]);
    expect([breaker.state, bulkhead.running]).toEqual(['closed', 0]);
    expect(against).toBe(many);
  });
});
