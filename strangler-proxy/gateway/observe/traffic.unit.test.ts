import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { bucketEnd, latencyBucket } from '../figures/latency-histogram.js';
import { countTraffic } from './traffic.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('traffic', () => {
  it('tells the observed share, the classes of statuses and the latencies per side', () => {
    const traffic = countTraffic(1, Date.now);
    for (let n = 0; n < 90; n++) traffic.answered(0, 'monolith', 200, 10, 0);
    for (let n = 0; n < 9; n++) traffic.answered(0, 'service', 200, 1, 0);
    traffic.answered(0, 'service', 404, 100, 0);
    traffic.fellBack(0);
    traffic.heldBack(0, 'written');
    traffic.aborted(0);
    const figures = traffic.figuresRecently(0);
    expect(figures).toMatchObject({
      requests: 101,
      servicePercent: 10,
      fallbacks: 1,
      heldBack: { written: 1, stale: 0 },
    });
    expect(figures.sides.service.answers).toEqual({ '2xx': 9, '3xx': 0, '4xx': 1, '5xx': 0 });
    expect(figures.sides.monolith.p50Ms).toBeGreaterThan(9);
    expect(figures.sides.monolith.p99Ms).toBeLessThan(11);
    expect(figures.sides.service.p99Ms).toBeGreaterThan(90);
    traffic.close();
  });

  it("counts the gateway's own answers as nobody's traffic, and waits apart from what sides take", () => {
    const traffic = countTraffic(1, Date.now);
    traffic.answered(0, 'service', 200, 5, 3_000);
    for (let n = 0; n < 9; n++) traffic.answered(0, 'gateway', 413, 1, 0);
    traffic.answered(0, 'gateway', 503, 5_000, 0);
    const figures = traffic.figuresRecently(0);
    expect(figures).toMatchObject({ requests: 11, servicePercent: 100 });
    expect(figures.sides.gateway.answers).toEqual({ '2xx': 0, '3xx': 0, '4xx': 9, '5xx': 1 });
    expect(figures.sides.monolith).toMatchObject({ answers: { '4xx': 0, '5xx': 0 }, p99Ms: null });
    expect(figures.sides.service.p99Ms).toBeLessThan(6);
    expect(figures.waits.p50Ms).toBeGreaterThan(2_700);
    expect(traffic.answersLately(0)).toMatchObject({ monolith: 0, service: 1 });
    traffic.close();
  });

  it('forgets after ten seconds what it says of the last ten', () => {
    const traffic = countTraffic(1, Date.now);
    traffic.answered(0, 'monolith', 200, 1, 0);
    jest.advanceTimersByTime(9_000);
    expect(traffic.figuresRecently(0).requests).toBe(1);
    jest.advanceTimersByTime(1_000);
    expect(traffic.figuresRecently(0)).toMatchObject({ requests: 0, servicePercent: null });
    expect(traffic.figuresSinceStart(0)).toMatchObject({ requests: 1, seconds: 10 });
    traffic.close();
  });
});

describe('latency buckets', () => {
  it('hold each duration between their ends, to about a tenth', () => {
    for (const ms of [0.07, 0.3, 1, 2.5, 10, 77, 1_234, 30_000]) {
      const bucket = latencyBucket(ms);
      expect(bucketEnd(bucket)).toBeGreaterThanOrEqual(ms);
      expect(bucketEnd(bucket)).toBeLessThan(ms * 1.1);
    }
    expect(latencyBucket(0)).toBe(0);
    expect(latencyBucket(Number.MAX_SAFE_INTEGER)).toBe(159);
  });
});
