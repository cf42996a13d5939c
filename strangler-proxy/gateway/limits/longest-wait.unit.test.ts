import { expect, it } from '@jest/globals';
import { parseConfig } from '../config/read-config-file.js';
import { longestWait } from './longest-wait.js';

it('no request waits longer than all limits together allow', () => {
  const of = (text: string) => longestWait(parseConfig(`monolith: http://127.0.0.1:1\n${text}`, 'test', {}));
  const parked = 20_000;
  expect(of('')).toBe(4 * 300_000 + parked);
  expect(of('monolithLimits: { timeouts: { answer: 1s, idle: 2s } }')).toBe(4 * 2_000 + parked);
  expect(of('endpoints: [{ endpoint: GET /, timeouts: { idle: 1h } }]')).toBe(4 * 3_600_000 + parked);
  expect(of('unmapped: { timeouts: { answer: 10m } }\nparking: { time: 1s, absence: 0s }')).toBe(
    4 * 600_000 + 1_000,
  );
});
