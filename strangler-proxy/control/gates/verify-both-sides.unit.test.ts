import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { VerifyRequest } from '../verify/verify-capability.js';
import type { Place, Unconfirmed, VerifyResult } from '../verify/verify-result.js';
import { verifyBothSides } from './verify-both-sides.js';

const minute = 60_000;
const place: Place = { table: 'stock_levels', after: ['p1'] };
const row: Unconfirmed = {
  ...{ table: 'stock_levels', monolithTable: 'stock_items', key: ['p9'], bucket: 3, why: 'it moves' },
};
const found = (more: Partial<VerifyResult>): VerifyResult => ({
  ...{
    capability: 'inventory',
    outcome: 'unknown',
    problem: null,
    buckets: null,
    tables: [],
    differences: [],
  },
  ...{ more: false, unconfirmed: [], reached: null, startedAt: '', seconds: 0, rowsPerSecond: 0 },
  ...more,
});
const equal = found({ outcome: 'equal' });

/** What comparisons are asked for, each of which ends as it is told. */
function comparing(...ends: ((request: VerifyRequest) => Promise<VerifyResult> | VerifyResult)[]) {
  const requests: VerifyRequest[] = [];
  const verify = verifyBothSides({} as NatsConnection, async (request) => {
    requests.push(request);
    return ends[requests.length - 1]!(request);
  });
  return { requests, verify: (signal?: AbortSignal) => verify('inventory', signal) };
}

/** Ends when it is told to, having come as far as `place`. */
const untilEnded = ({ signal }: VerifyRequest): Promise<VerifyResult> =>
  new Promise((resolve) =>
    signal!.addEventListener('abort', () => resolve(found({ problem: 'ended', reached: place }))),
  );

describe('a verification of both sides', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('may take hours, as long as it comes further', async () => {
    const { verify } = comparing(async ({ onProgress, signal }) => {
      for (let passed = 0; passed < 300; passed++) {
        await jest.advanceTimersByTimeAsync(minute);
        onProgress!({} as never);
      }
      return signal!.aborted ? found({ problem: 'ended' }) : equal;
    });
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('ends when it comes no further, and the next one goes on there', async () => {
    const { verify, requests } = comparing(untilEnded, () => equal);
    const first = verify();
    await jest.advanceTimersByTimeAsync(2 * minute);
    expect(await first).toMatchObject({
      ok: false,
      detail: expect.stringContaining('nothing more was compared'),
    });
    expect(await verify()).toMatchObject({ ok: true });
    expect(requests[1]).toMatchObject({ from: place, unsettled: [] });
  });

  it('goes on where it was, when it was ended by whoever asked', async () => {
    const { verify, requests } = comparing(
      untilEnded,
      () => equal,
      () => equal,
    );
    const asking = new AbortController();
    const first = verify(asking.signal);
    await jest.advanceTimersByTimeAsync(0);
    asking.abort();
    const second = verify();
    await first;
    expect(await second).toMatchObject({ ok: true });
    expect(requests[1]).toMatchObject({ from: place });
    await verify();
    expect(requests[2]).not.toHaveProperty('from');
  });

  it('has only rows left to settle, when it was through', async () => {
    const { verify, requests } = comparing(
      () => found({ unconfirmed: [row] }),
      () => equal,
    );
    expect(await verify()).toMatchObject({ ok: false });
    await verify();
    expect(requests[1]).toMatchObject({ from: 'end', unsettled: [row] });
  });

  it('keeps the place when the next one can not even begin', async () => {
    const { verify, requests } = comparing(
      () => found({ problem: 'a sidecar was killed', reached: place, unconfirmed: [row] }),
      () => found({ problem: 'a sidecar is not back yet', unconfirmed: [row] }),
      () => equal,
    );
    for (let times = 0; times < 3; times++) await verify();
    expect(requests[2]).toMatchObject({ from: place, unsettled: [row] });
  });

  it.each([
    [
      'rows differ',
      async () => found({ outcome: 'different', reached: place, differences: [{} as never] }),
      0,
    ],
    ['nobody has gone on for a while', async () => found({ problem: 'ended', reached: place }), 6 * minute],
  ])('begins at the beginning when %s', async (_what, end, passed) => {
    const { verify, requests } = comparing(end, () => equal);
    await verify();
    await jest.advanceTimersByTimeAsync(passed);
    await verify();
    expect(requests[1]).not.toHaveProperty('from');
  });
});
