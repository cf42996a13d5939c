import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { caughtErrors, guarded, measureCaught, reportCaughtTo } from './guarded.js';

describe('guarded work', () => {
  it('ends with its own exception, thrown or rejected, which is reported and counted', async () => {
    const reported: string[] = [];
    reportCaughtTo((where, error) => reported.push(`${where}: ${(error as Error).message}`));
    const fail = (what: string): never => {
      throw new Error(what);
    };
    guarded('a listener', fail)('thrown');
    guarded('a listener', async () => fail('rejected'))();
    setTimeout(guarded('a timer', fail), 0, 'late');
    await sleep(20);
    expect(reported).toEqual(['a listener: thrown', 'a listener: rejected', 'a timer: late']);
    const registry = new Registry();
    measureCaught(registry);
    expect(await registry.metrics()).toContain('strangler_caught_errors_total{where="a listener"} 2');
    expect(Object.fromEntries(caughtErrors())).toEqual({ 'a listener': 2, 'a timer': 1 });
  });
});
