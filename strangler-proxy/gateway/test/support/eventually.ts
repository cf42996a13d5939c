import { setTimeout as pause } from 'node:timers/promises';
import { wideMs } from '../../../../tests/support/wide-limits.js';

/**
 * Waits for something that takes an unknown time: asks again until it holds.
 * @throws the last failure when it doesn't hold, however slow the machine is
 */
export async function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  const deadline = Date.now() + 2 * wideMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(20);
    }
  }
}
