import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits for something that takes an unknown time: asks again until it holds.
 * @throws the last failure when it doesn't hold within `limit` milliseconds
 */
export async function eventually<Result>(
  check: () => Result | Promise<Result>,
  limit = 15_000,
): Promise<Result> {
  const deadline = Date.now() + limit;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(20);
    }
  }
}
