import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { AnsweredBy } from '#contracts/strangler/gateway-status.js';
import { createAbsence } from '../forward/absence.js';
import type { AnswerReceiver, Failure } from '../forward/forward.js';
import type { Lane } from '../forward/lane.js';
import type { TrackedWrite } from '../freshness/freshness.js';
import { openParkingLot } from '../parking/parking-lot.js';
import type { Endpoint } from '../routing/endpoint.js';
import { Exchange } from './exchange.js';

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

const limits = { absence: 15_000, time: 5_000, writes: 9, memory: 1_000, body: 1_000 };

/** What an attempt comes to: an answer's status, or why there is none. */
type Fate = number | Failure;

/** A write with a key, of which each attempt has its fate; the last one's is that of all further ones. */
function exchangeOf(fates: readonly Fate[], everyTry: (lane: Lane) => void = () => undefined) {
  const told: string[] = [];
  const tries: number[] = [];
  const answered: number[] = [];
  const lane = {
    absence: createAbsence(limits.absence, Date.now),
    repeats: { first: () => undefined, take: () => true },
    breaker: { state: 'open' },
    instances: { hasOther: () => true },
  } as unknown as Lane;
  const forward = (_lane: Lane, outgoing: { lastTried?: unknown }, receiver: AnswerReceiver) => {
    const fate = fates[Math.min(tries.length, fates.length - 1)]!;
    tries.push(Date.now());
    outgoing.lastTried = {};
    everyTry(lane);
    setTimeout(() => {
      if (typeof fate !== 'number') return receiver.failed(fate);
      if (receiver.head(fate, [], '', () => undefined) === 'pass') receiver.end([]);
    });
    return { abort: () => undefined };
  };
  const response = {
    writeHead: (status: number) => void answered.push(status),
    req: { httpVersion: '1.1', method: 'POST' },
    flushHeaders: () => undefined,
    end: (_body?: unknown, done?: () => void) => done?.(),
    get statusCode() {
      return answered.at(-1);
    },
  };
  const exchange = new Exchange(
    {
      forward,
      laneOf: () => lane,
      titleOf: () => 'Stock',
      lot: openParkingLot(limits, Date.now),
      place: () => {
        throw new Error('nothing is placed');
      },
      whenFreshAtMonolith: () => () => undefined,
      ownerElsewhere: () => undefined,
      answerLimit: 1_000,
      draining: () => false,
      now: Date.now,
      limited: () => undefined,
      finished: () => undefined,
    },
    {
      endpoint: { kind: 'write', capability: 'stock', owned: false, acceptedIsDone: false } as Endpoint,
      values: [],
      key: 'k',
      request: {
        headers: { 'idempotency-key': 'k' },
        complete: true,
        url: '/',
      } as unknown as IncomingMessage,
      response: response as unknown as ServerResponse,
      peer: { waiting: [] } as never,
      requestId: 'r',
      outgoing: { method: 'POST', target: '/', host: undefined, headers: [], body: Buffer.from('{}') },
      startedAt: 0,
    },
  );
  const note = (what: string) => () => void told.push(what);
  const write: TrackedWrite = {
    whenAnnounced: (callback) => callback(),
    answered: note('answered'),
    unknown: note('unknown'),
    withdrawn: note('withdrawn'),
  };
  exchange.write = write;
  exchange.send('monolith');
  return { exchange, told, tries, answered, lane };
}

const unreachable: Failure = { kind: 'unreachable', sent: false };
const refused: Failure = { kind: 'refused', sent: false };
const late: Failure = { kind: 'late', sent: true };
const broken: Failure = { kind: 'broken', sent: true };

describe('a request that waits', () => {
  it('has one deadline, fixed when it first waits, whatever becomes of others meanwhile', () => {
    // Others are answered all the time, so that the upstream counts as gone only since a moment ago.
    const { tries, answered } = exchangeOf([unreachable], (lane) => lane.absence.ended());
    jest.advanceTimersByTime(120_000);
    expect(answered).toEqual([503]);
    expect(Math.max(...tries)).toBeLessThanOrEqual(limits.absence);
    expect(tries.length).toBeLessThanOrEqual(20);
  });

  it('does so only for what was seen to go', () => {
    for (const fates of [[503], [refused], [late, refused]]) {
      const { tries, answered } = exchangeOf(fates);
      jest.advanceTimersByTime(120_000);
      expect(answered).toHaveLength(1);
      expect(tries.length).toBeLessThanOrEqual(2);
    }
  });
});

describe('an answer', () => {
  it.each<[Fate[], AnsweredBy]>([
    [[200], 'monolith'],
    [[500], 'monolith'],
    [[late], 'monolith'],
    [[broken, 201], 'monolith'],
    [[late, late], 'monolith'],
    [[refused], 'gateway'],
    [[late, refused], 'gateway'],
    [[unreachable], 'gateway'],
    [[unreachable, 200], 'monolith'],
  ])('counts as that of the side that was sent the request: %j is from %s', (fates, by) => {
    const { exchange } = exchangeOf(fates);
    jest.advanceTimersByTime(120_000);
    expect(exchange.answerer.by).toBe(by);
  });

  it("takes of a side's time only what came after it was asked", () => {
    const { exchange } = exchangeOf([...Array<Fate>(6).fill(unreachable), 200]);
    jest.advanceTimersByTime(120_000);
    const { took, waited } = exchange.answerer.times(Date.now());
    expect(took + waited).toBe(120_000);
    expect(waited).toBeGreaterThan(50);
  });
});

describe('what others are told of a write that was tried several times', () => {
  const fate = fc.constantFrom<Fate>(
    200,
    201,
    404,
    409,
    422,
    429,
    500,
    503,
    unreachable,
    refused,
    late,
    broken,
  );

  it('is that it may have happened, unless nothing was sent, or the last answer says that it has', () => {
    fc.assert(
      fc.property(fc.array(fate, { minLength: 1, maxLength: 5 }), fc.boolean(), (fates, leaves) => {
        const { exchange, told, tries } = exchangeOf(fates);
        jest.advanceTimersByTime(leaves ? 1 : 120_000);
        if (leaves) exchange.clientClosed();
        jest.advanceTimersByTime(120_000);
        const tried = tries.map((_, index) => fates[Math.min(index, fates.length - 1)]);
        const lost = tried.filter((one) => typeof one === 'object' && one.sent).length;
        const last = tried.at(-1);
        expect(told).toHaveLength(1);
        const settled = lost === 0 || (told[0] === 'answered' && typeof last === 'number' && last < 300);
        expect(settled || told[0] === 'unknown').toBe(true);
      }),
    );
  });

  it.each<[Fate[], string]>([
    [[late, refused], 'unknown'],
    [[late, unreachable, unreachable], 'unknown'],
    [[late, 409], 'unknown'],
    [[late, 201], 'answered'],
    [[unreachable, 409], 'answered'],
    [[refused], 'withdrawn'],
  ])('%j: %s', (fates, expected) => {
    const { told } = exchangeOf(fates);
    jest.advanceTimersByTime(120_000);
    expect(told).toEqual([expected]);
  });
});
