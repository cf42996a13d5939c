import { describe, expect, it } from '@jest/globals';
import { parseConfig } from './read-config-file.js';

const text = `
monolith: http://127.0.0.1:4100
patience: \${PATIENCE:-1}
parking: { time: 2s }
capabilities:
  orders:
    timeouts: { answer: 15s }
    consistency: { listWait: 200ms, maxStaleness: 4s }
  files:
    consistency: none
`;
const read = (patience?: string) =>
  parseConfig(text, 'gateway.yaml', patience === undefined ? {} : { PATIENCE: patience });

describe('the patience of a gateway', () => {
  it('makes every wait for others as many times as long, and nothing else', () => {
    const [usual, patient] = [read(), read('3')];
    expect(patient.parking).toEqual({ ...usual.parking, time: 6_000, absence: 45_000 });
    expect(patient.capabilities['orders']).toMatchObject({
      timeouts: { answer: 45_000, connect: 3_000, idle: 120_000 },
      bulkhead: { wait: 3_000, queue: 1_024 },
      consistency: { listWait: 600, mixedListWait: 15_000, maxStaleness: 4_000 },
    });
    expect(patient.capabilities['files']?.consistency).toBe('none');
    expect(patient.monolithLimits.timeouts.connect).toBe(3_000);
    expect(patient.natsTimeouts).toEqual({ flush: 1_500, ownership: 3_000 });
    expect(patient.limits).toEqual({ ...usual.limits, headersTime: 30_000 });
    expect(patient.drain).toEqual(usual.drain);
  });

  it('leaves all as it is at 1', () => {
    expect(read().capabilities['orders']?.timeouts.answer).toBe(15_000);
  });

  it.each(['0.5', '101', 'long'])('refuses %s', (wrong) => {
    expect(() => read(wrong)).toThrow(/patience/);
  });
});
