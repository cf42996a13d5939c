import { describe, expect, it } from '@jest/globals';
import { describeFailures, readFailures } from './test-failures.js';

const passed = { fullName: 'adds', status: 'passed', failureMessages: [] };
const failed = {
  fullName: 'sums of nothing are nothing',
  status: 'failed',
  failureMessages: [`\u001b[31mError: 1 is not 0\u001b[39m\n\n${'    at sum\n'.repeat(20)}`],
};
const results = JSON.stringify({
  testResults: [
    { name: '/repo/a.test.ts', message: '', status: 'passed', assertionResults: [passed] },
    { name: '/repo/b/c.test.ts', message: 'all of it', status: 'failed', assertionResults: [passed, failed] },
    { name: '/repo/d.test.ts', message: 'Cannot find module', status: 'failed', assertionResults: [] },
  ],
});

describe('the failures of a run', () => {
  it('are tests that failed, and files that could not be run', () => {
    expect(readFailures(results, '/repo').map(({ suite, test }) => [suite, test])).toEqual([
      ['b/c.test.ts', 'sums of nothing are nothing'],
      ['d.test.ts', undefined],
    ]);
  });

  it('are told with the first lines of what jest says, without colours', () => {
    const lines = describeFailures(readFailures(results, '/repo')).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '  b/c.test.ts: sums of nothing are nothing',
      '      Error: 1 is not 0',
      '          at sum',
    ]);
    expect(lines).toHaveLength(1 + 6 + 2);
    expect(lines.slice(-2)).toEqual(['  d.test.ts', '      Cannot find module']);
  });
});
