import { describe, expect, it } from '@jest/globals';
import { wideMs } from '../../../tests/support/wide-limits.js';
import type { Plant } from './walk/gateway-process.js';
import * as planted from './walk/planted.js';
import { walk, type WalkReport } from './walk/walk.js';

const seed = 13;
const exchanges = 480;

describe('a gateway whose clients and upstreams fail at any byte', () => {
  it('lives, serves others, and brings each exchange to an end that log and metrics know of', async () => {
    const report = await walk({ seed, exchanges, time: 0 });
    expect(report).toMatchObject({ died: undefined, notServed: undefined, withoutEnd: [], left: 0 });
    expect(report.counted).toEqual({ ...report.logged, caught: 0 });
    expect(report.reached).toBeGreaterThan(exchanges / 2);
  });
});

describe('a mistake in the gateway is found by a walk', () => {
  const expectNoEnd = (report: WalkReport) => expect(report.withoutEnd).not.toEqual([]);
  const expectLeft = (report: WalkReport) => expect(report.left).toBeGreaterThan(0);
  const expectNotServed = (report: WalkReport) => expect(report.notServed).toBeDefined();

  it.each([
    ['an upstream’s connection', 'gateway/client/connection'],
    ['an upgraded connection', 'gateway/listener/upgrade'],
  ])('%s without a handler of errors', async (_what, file) => {
    // On a busy machine a reset may come too late to be met: the walk goes on until one is.
    const plant = planted.errorsWithoutHandler(file);
    const report = await walk({ seed, exchanges: 4_000, time: 0, patience: wideMs, plant });
    expect(report.died).toMatch(/ECONNRESET|EPIPE/);
  });

  const mistakes: [string, Plant, (report: WalkReport) => void][] = [
    ['a failure that does not end its exchange', planted.failureWithoutEnd, expectNoEnd],
    ['an answer that does not end its exchange', planted.answerSwallowed, expectNoEnd],
    ['a client whose departure is not noticed', planted.departureUnnoticed, expectNoEnd],
    ['a connection that outlives its exchange', planted.connectionKept, expectLeft],
    ['an answer to one that takes the others theirs', planted.othersNotServed, expectNotServed],
  ];

  it.each(mistakes)('%s', async (_what, plant, expectFound) => {
    // Exchanges under a mistake need not be waited for: that they have no end is what is looked for.
    expectFound(await walk({ seed, exchanges: 80, time: 0, patience: 2_500, plant }));
  });
});
