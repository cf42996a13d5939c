import { setTimeout as sleep } from 'node:timers/promises';
import type { ChargeRequest } from '#contracts/shop/provider.js';
import type { Stopwatch } from '#platform/resilience/stopwatch.js';
import { wideMs } from './wide-limits.js';

interface Charging {
  charge(key: string, request: ChargeRequest): unknown;
}

/**
 * A card provider whose every answer is waited for, however long a slow machine takes; but for the card that it never
 * answers: that question is given up soon.
 * @param within a client of the provider that gives up after so many milliseconds
 * @param giveUpMs time for `tok_timeout`
 */
export function patientProvider<Provider extends Charging>(
  within: (timeoutMs: number) => Provider,
  giveUpMs = 200,
): Provider {
  const [patient, brief] = [within(wideMs), within(giveUpMs)];
  const charge: Provider['charge'] = (key, request) =>
    (request.token === 'tok_timeout' ? brief : patient).charge(key, request);
  return { ...patient, charge };
}

/** Time that passes in pauses alone, ten times as fast: how slow the provider and the machine are does not count. */
export function timeOfPauses(): Stopwatch {
  let elapsed = 0;
  return {
    elapsed: () => elapsed,
    pause: async (milliseconds) => {
      elapsed += milliseconds;
      await sleep(milliseconds / 10);
    },
  };
}
