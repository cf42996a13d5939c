import { describe, expect, it } from '@jest/globals';
import { addCounts, countResults, describeCounts } from './test-counts.js';

const results = {
  numPassedTests: 10,
  numFailedTests: 2,
  numPendingTests: 1,
  numTodoTests: 1,
  numRuntimeErrorTestSuites: 1,
};

describe('counting tests', () => {
  it('counts a suite that can not be loaded as a failure', () => {
    expect(countResults(JSON.stringify(results))).toEqual({ passed: 10, failed: 3, skipped: 2 });
  });

  it('adds up all projects', () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(addCounts([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
    expect(addCounts([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });

  it('speaks of skipped tests only when there are some', () => {
    expect(describeCounts({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(describeCounts({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
  });
});
