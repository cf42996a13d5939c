import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { createHearing } from './hearing.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A server whose signs of life come when the test says so. */
function server() {
  const questions: (() => void)[] = [];
  const nats = { flush: () => new Promise<void>((resolve) => questions.push(resolve)) };
  const hearing = createHearing(500);
  hearing.connected(nats as unknown as NatsConnection);
  const answers: boolean[] = [];
  const ask = () => hearing.whenHeard((heard) => void answers.push(heard));
  const reply = async () => {
    questions.shift()?.();
    await jest.advanceTimersByTimeAsync(0);
  };
  return { hearing, questions, answers, ask, reply };
}

describe('whether all has been heard', () => {
  it('is asked of the server once for all who come while a question is under way', async () => {
    const { questions, answers, ask, reply } = server();
    for (let n = 0; n < 4; n++) ask();
    expect(questions).toHaveLength(1);
    await reply();
    expect(answers).toEqual([true]);
    expect(questions).toHaveLength(1);
    await reply();
    expect(answers).toEqual([true, true, true, true]);
  });

  it('is not waited for again once the server has not answered in time, until it does', async () => {
    const { answers, ask, reply } = server();
    ask();
    ask();
    jest.advanceTimersByTime(500);
    expect(answers).toEqual([false, false]);
    ask();
    expect(answers).toEqual([false, false, false]);
    await reply();
    ask();
    await reply();
    expect(answers.at(-1)).toBe(true);
  });

  it('is not the case without a server', () => {
    const { hearing, answers, ask } = server();
    ask();
    ask();
    hearing.cutOff();
    ask();
    expect(answers).toEqual([false, false]);
  });
});
