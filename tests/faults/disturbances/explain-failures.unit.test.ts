import { describe, expect, it } from '@jest/globals';
import type { Attempt, Operation } from '../history/operation.js';
import { explainFailures } from './explain-failures.js';

function operation(attempt: Partial<Attempt>, kind: 'decrease' | 'order' = 'decrease'): Operation {
  const command =
    kind === 'order'
      ? { kind, items: [{ productId: 'p', quantity: 1 }], token: 'tok_visa' }
      : { kind, productId: 'p', quantity: 1 };
  return {
    client: 1,
    key: 'k',
    command,
    attempts: [
      { startedAt: 0, endedAt: 1, status: 503, problem: 'unavailable', servedBy: undefined, ...attempt },
    ],
    answer: undefined,
  };
}

const killed = (process: string) => ({
  ...{ kind: 'kill' as const, process },
  ...{ from: 10_000, struck: 10_010, until: 12_000 },
});

describe('a failed request', () => {
  it('is explained by the kill of a process that it was in', () => {
    const failed = operation({ startedAt: 9_990, endedAt: 10_005 });
    expect(explainFailures([failed], [killed('monolith')])).toMatchObject({ inFlight: 1, whileAway: {} });
  });

  it('is explained by a pause during which it was sent', () => {
    const failed = operation({ startedAt: 11_000, endedAt: 13_000, status: 504, problem: 'timeout' });
    const paused = { ...killed('inventory'), kind: 'pause' as const, struck: 12_000 };
    expect(explainFailures([failed], [paused])).toMatchObject({ inFlight: 1, whileAway: {} });
  });

  it('is counted apart when the process was merely away', () => {
    const failed = operation({ startedAt: 11_000, endedAt: 11_001 });
    expect(explainFailures([failed], [killed('monolith')])).toMatchObject({
      inFlight: 0,
      whileAway: { 'monolith: 503 unavailable': 1 },
    });
  });

  it.each([
    ['long after', operation({ startedAt: 16_000, endedAt: 16_001 }), killed('monolith')],
    ['before', operation({ startedAt: 9_000, endedAt: 9_001 }), killed('monolith')],
    [
      'in a process that no request needs',
      operation({ startedAt: 9_990, endedAt: 10_005 }),
      killed('control-plane'),
    ],
    [
      'at the broker, if it needs no broker',
      operation({ startedAt: 9_990, endedAt: 10_005 }),
      killed('nats'),
    ],
  ])('is not explained by a kill %s', (_when, failed, kill) => {
    expect(explainFailures([failed], [kill]).unexplained).toHaveLength(1);
  });

  it('may be an order whose products are on the other side of the broker', () => {
    const failed = operation({ startedAt: 9_990, endedAt: 10_005 }, 'order');
    expect(explainFailures([failed], [killed('nats')]).unexplained).toEqual([]);
  });

  it('is not an answer that says what happened', () => {
    const refused = operation({ status: 409, problem: 'insufficient_stock' });
    expect(explainFailures([refused], [])).toEqual({ inFlight: 0, whileAway: {}, unexplained: [] });
  });
});
