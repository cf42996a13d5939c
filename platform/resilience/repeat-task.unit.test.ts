import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '#platform/telemetry/logger.js';
import { repeatTask } from './repeat-task.js';

const logger = createLogger('test', 'silent');

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Work that ends when the test says so. */
function manualWork() {
  const running: (() => void)[] = [];
  let started = 0;
  return {
    run: () => {
      started += 1;
      return new Promise<void>((resolve) => running.push(resolve));
    },
    endRun: async () => {
      running.shift()?.();
      await jest.advanceTimersByTimeAsync(0);
    },
    started: () => started,
  };
}

describe('a repeated task', () => {
  it('runs at once, and again after each pause', async () => {
    const work = manualWork();
    repeatTask('test', 100, work.run, logger).start();
    expect(work.started()).toBe(1);
    await work.endRun();
    await jest.advanceTimersByTimeAsync(99);
    expect(work.started()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(work.started()).toBe(2);
  });

  it('runs without a pause when nudged, but never twice at once', async () => {
    const work = manualWork();
    const task = repeatTask('test', 100, work.run, logger);
    task.start();
    task.nudge();
    task.nudge();
    expect(work.started()).toBe(1);
    await work.endRun();
    expect(work.started()).toBe(2);
    await work.endRun();
    task.nudge();
    await jest.advanceTimersByTimeAsync(0);
    expect(work.started()).toBe(3);
  });

  it('goes on after a failure', async () => {
    let runs = 0;
    const fail = () => ((runs += 1), Promise.reject(new Error('no database')));
    repeatTask('test', 100, fail, logger).start();
    await jest.advanceTimersByTimeAsync(250);
    expect(runs).toBe(3);
  });

  it('has ended when stop resolves', async () => {
    const work = manualWork();
    const task = repeatTask('test', 100, work.run, logger);
    task.start();
    let stopped = false;
    const stopping = task.stop().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(500);
    expect(stopped).toBe(false);
    await work.endRun();
    await stopping;
    await jest.advanceTimersByTimeAsync(500);
    expect(work.started()).toBe(1);
  });

  it('asks a long run to end early', async () => {
    const task = repeatTask(
      'test',
      100,
      (ending) => new Promise((resolve) => ending.addEventListener('abort', () => resolve())),
      logger,
    );
    task.start();
    await expect(task.stop()).resolves.toBeUndefined();
  });
});
