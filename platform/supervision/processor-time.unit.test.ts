import { describe, expect, it } from '@jest/globals';
import { processorTimeOf, sumOfPs } from './processor-time.js';
import { readProcStat } from './proc-stat.js';

describe('the processor time of a process group', () => {
  it('grows while one of its processes works', () => {
    const group = readProcStat(process.pid)?.group ?? 0;
    const before = processorTimeOf(group);
    const own = process.cpuUsage();
    // Waits for work that was done, however long the machine takes for it.
    while (process.cpuUsage(own).user + process.cpuUsage(own).system < 100_000);
    expect(processorTimeOf(group) - before).toBeGreaterThanOrEqual(80);
  });

  it('is nothing for a group that does not exist', () => {
    expect(processorTimeOf(2 ** 30)).toBe(0);
  });
});

describe('the processor time that ps tells', () => {
  const lines = ['  12   0:01.50', '  13   1:00.00', '  12 1-02:03:04', '  12   10:00', ''].join('\n');

  it.each([
    [13, 60_000],
    [12, 1_500 + 93_784_000 + 600_000],
    [1, 0],
  ])('sums the times of group %d', (group, milliseconds) => {
    expect(sumOfPs(lines, group)).toBe(milliseconds);
  });
});
