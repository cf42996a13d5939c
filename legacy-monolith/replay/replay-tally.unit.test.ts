import { describe, expect, it } from '@jest/globals';
import type { ReplayStep } from './plan-steps.js';
import { summarise } from './replay-summary.js';
import { createTally } from './replay-tally.js';
import type { ApiAnswer } from './send-request.js';

const step: ReplayStep = {
  name: '536365',
  customerId: '7',
  at: new Date(),
  action: { type: 'cancel', products: new Set() },
};

function answer(status: number, code?: string, change: Partial<ApiAnswer> = {}): ApiAnswer {
  const body = code === undefined ? {} : { code, detail: `about ${code}` };
  const rest = { servedBy: 'monolith', replayed: false, retries: [], milliseconds: 10 };
  return { status, code, body, ...rest, ...change };
}

const replayed = {
  ...{ file: 'f', to: 'http://shop', runId: 'r', aborted: false, seconds: 2 },
  ...{ placed: 3, declined: 0, outOfStock: 0, cancelled: 0, unmatched: 0, lines: 3, rejectedLines: 0 },
};

describe('the tally of a replay', () => {
  it('counts answers by endpoint, status and code, and who answered reads', () => {
    const tally = createTally();
    tally.answer(step, 'POST /orders', answer(201));
    tally.answer(step, 'POST /orders', answer(201));
    tally.answer(step, 'POST /orders', answer(409, 'insufficient_stock'));
    tally.answer(step, 'GET /inventory/{productId}', answer(200, undefined, { servedBy: 'service' }));
    tally.answer(step, 'GET /inventory/{productId}', answer(200));
    expect(tally.result()).toMatchObject({
      answers: [
        { endpoint: 'POST /orders', status: 201, code: null, count: 2 },
        { endpoint: 'POST /orders', status: 409, code: 'insufficient_stock', count: 1 },
        { endpoint: 'GET /inventory/{productId}', status: 200, code: null, count: 2 },
      ],
      servedBy: { service: 1, monolith: 1 },
      unexpected: { count: 0 },
    });
  });

  it.each([
    [200, undefined, 0],
    [201, undefined, 0],
    [402, 'payment_declined', 0],
    [409, 'insufficient_stock', 0],
    [409, 'invalid_state', 1],
    [409, 'request_in_progress', 1],
    [202, undefined, 1],
    [400, 'invalid_request', 1],
    [404, 'not_found', 1],
    [421, 'not_owner', 1],
    [500, 'internal', 1],
    [503, 'unavailable', 1],
    [0, 'ECONNREFUSED', 1],
  ])('takes %d %s as unexpected: %d', (status, code, unexpected) => {
    const tally = createTally();
    tally.answer(step, 'POST /orders', answer(status, code));
    expect(tally.unexpected()).toBe(unexpected);
    expect(summarise(replayed, tally.result()).failed).toBe(unexpected === 1);
  });

  it('keeps a few examples of what was unexpected, and counts all of it', () => {
    const tally = createTally();
    for (let count = 0; count < 50; count += 1) tally.answer(step, 'POST /orders', answer(500, 'internal'));
    const { unexpected } = tally.result();
    expect(unexpected.count).toBe(50);
    expect(unexpected.examples).toHaveLength(10);
    expect(unexpected.examples[0]).toEqual({
      step: '536365',
      endpoint: 'POST /orders',
      status: 500,
      code: 'internal',
      detail: 'about internal',
    });
  });

  it('counts what was tried again, and answers that an earlier attempt had earned', () => {
    const tally = createTally();
    tally.answer(
      step,
      'POST /orders',
      answer(201, undefined, { retries: ['503', 'ECONNRESET', '503'], replayed: true }),
    );
    expect(tally.result()).toMatchObject({ retries: { '503': 2, ECONNRESET: 1 }, replayedAnswers: 1 });
  });

  it('fails the replay for one stale read, not for one that is behind others', () => {
    const tally = createTally();
    tally.stockRead(step, 'a', 'fresh', 3);
    tally.stockRead(step, 'a', 'behind', 2);
    expect(summarise(replayed, tally.result()).failed).toBe(false);
    tally.stockRead(step, 'a', 'stale', 1);
    expect(summarise(replayed, tally.result())).toMatchObject({
      failed: true,
      stockReads: { count: 3, behind: 1, stale: 1, examples: [{ step: '536365' }] },
    });
  });

  it('tells percentiles of the time to the answer, and throughput', () => {
    const tally = createTally();
    for (let milliseconds = 1; milliseconds <= 100; milliseconds += 1) {
      tally.answer(step, 'POST /orders', answer(201, undefined, { milliseconds }));
    }
    const { latency, requestsPerSecond, ordersPerSecond } = summarise(replayed, tally.result());
    const [orders] = latency;
    expect(orders).toMatchObject({ endpoint: 'POST /orders', count: 100 });
    expect(orders?.p50).toBeCloseTo(50, 0);
    expect(orders?.p95).toBeCloseTo(95, 0);
    expect(orders?.p99).toBeCloseTo(99, 0);
    expect(orders?.max).toBeCloseTo(100, 0);
    expect([requestsPerSecond, ordersPerSecond]).toEqual([50, 1.5]);
  });
});
