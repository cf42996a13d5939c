import { describe, expect, it } from '@jest/globals';
import { verified } from './verified.js';

const step = { from: 'monolith' as const, to: 'service' as const, buckets: [1] };
const moment = (beginning: boolean) => ({
  ...{ capability: 'inventory', step, beginning },
  sides: { answers: {}, silences: [] },
});

describe('the gate of verification', () => {
  it('compares only when a hand-over begins, and keeps a good result', async () => {
    let compared = 0;
    const gate = verified(() => Promise.resolve({ ok: true, detail: `${++compared}` }), 60_000);
    expect(await gate(moment(false))).toMatchObject({ open: true, figure: 'when a hand-over begins' });
    expect(await gate(moment(true))).toMatchObject({ open: true, figure: expect.stringMatching(/^1, /) });
    expect(await gate(moment(true))).toMatchObject({ figure: expect.stringMatching(/^1, /) });
    expect(compared).toBe(1);
  });

  it('is shut while rows differ, and says where to look', async () => {
    const gate = verified(() => Promise.resolve({ ok: false, detail: '3 rows differ' }), 60_000);
    const reading = await gate(moment(true));
    expect(reading).toMatchObject({ open: false, reason: expect.stringContaining('3 rows differ') });
    expect(reading.reason).toContain('npx strangler data verify inventory');
  });

  it('compares once for all who ask at the same time', async () => {
    let compared = 0;
    const gate = verified(async () => ({ ok: true, detail: `${++compared}` }), 60_000);
    await Promise.all([gate(moment(true)), gate(moment(true))]);
    expect(compared).toBe(1);
  });

  it('ends a comparison when nobody waits for it any more, and not before', async () => {
    const signals: AbortSignal[] = [];
    const gate = verified((_capability, signal) => {
      if (signal) signals.push(signal);
      return new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(new Error('ended')), { once: true }),
      );
    }, 60_000);
    const [one, other] = [new AbortController(), new AbortController()];
    const asked = [one, other].map(({ signal }) => gate({ ...moment(true), signal }));
    const ended = Promise.allSettled(asked);
    one.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    other.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await ended;
    // Who asks now begins one anew.
    gate({ ...moment(true), signal: new AbortController().signal }).catch(() => undefined);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });
});
