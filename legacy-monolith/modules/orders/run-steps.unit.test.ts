import { describe, expect, it } from '@jest/globals';
import { runSteps, type Step } from './run-steps.js';

const refusal = new Error('declined');
const isRefusal = (error: unknown) => error === refusal;

function step(name: string, error?: Error): Step<string[]> {
  return {
    name,
    run: async (log) => {
      if (error) throw error;
      log.push(name);
    },
    compensate: async (log) => void log.push(`not ${name}`),
  };
}

describe('runSteps', () => {
  it('runs them in order', async () => {
    const log: string[] = [];
    await runSteps([step('reserve'), step('charge')], log, isRefusal);
    expect(log).toEqual(['reserve', 'charge']);
  });

  it('compensates what was done before a refusal, the last first', async () => {
    const log: string[] = [];
    const steps = [step('reserve'), step('charge'), step('confirm', refusal), step('tell')];
    await expect(runSteps(steps, log, isRefusal)).rejects.toBe(refusal);
    expect(log).toEqual(['reserve', 'charge', 'not charge', 'not reserve']);
  });

  it('leaves a failure to the transaction', async () => {
    const log: string[] = [];
    const failure = new Error('connection lost');
    await expect(runSteps([step('reserve'), step('charge', failure)], log, isRefusal)).rejects.toBe(failure);
    expect(log).toEqual(['reserve']);
  });
});
