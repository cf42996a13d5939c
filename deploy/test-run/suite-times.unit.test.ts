import { describe, expect, it } from '@jest/globals';
import { describeSlowest, readSuiteTimes } from './suite-times.js';

const results = JSON.stringify({
  testResults: [
    { name: '/repo/a.test.ts', startTime: 1_000, endTime: 2_500, assertionResults: [{}] },
    { name: '/repo/b/c.test.ts', startTime: 1_000, endTime: 13_000, assertionResults: [{}, {}] },
  ],
});

describe('the times of suites', () => {
  it('are read from the results of jest', () => {
    expect(readSuiteTimes(results, '/repo')).toEqual([
      { suite: 'a.test.ts', seconds: 1.5, tests: 1 },
      { suite: 'b/c.test.ts', seconds: 12, tests: 2 },
    ]);
  });

  it('are listed slowest first, no more than asked for', () => {
    const times = readSuiteTimes(results, '/repo');
    expect(describeSlowest(times, 10).split('\n')).toEqual([
      '    12.0 s  b/c.test.ts (2 tests)',
      '     1.5 s  a.test.ts (1 test)',
    ]);
    expect(describeSlowest(times, 1)).not.toContain('a.test.ts');
  });
});
