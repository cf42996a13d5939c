import { describe, expect, it } from '@jest/globals';
import type { GatewayList } from '#contracts/strangler/known-gateways.js';
import { AppError } from '#platform/errors/app-error.js';
import { forgetGateway } from './forget-gateway.js';

const why = { by: 'anna', reason: 'gone' };
const adminUrl = 'http://127.0.0.1:8090';
const seenAt = '2026-01-01T00:00:00.000Z';
const listOf = (version: number, ...gateways: string[]): GatewayList => ({
  version,
  items: gateways.map((gateway) => ({ gateway, adminUrl, firstSeenAt: seenAt, lastSeenAt: seenAt })),
});

/** A control plane whose list is another one at each look; it takes only the version of the last. */
function controlOf(...lists: [GatewayList, ...GatewayList[]]) {
  const asked: number[] = [];
  let current = lists[0];
  const waiting = lists.slice(1);
  return {
    asked,
    gateways: async () => {
      const seen = current;
      current = waiting.shift() ?? current;
      return seen;
    },
    forgetGateway: async (_url: string, _why: object, version: number) => {
      asked.push(version);
      if (version !== current.version) throw new AppError('version_mismatch', 'one has come or gone');
      current = listOf(version + 1);
      return current;
    },
  };
}

describe('forgetting a gateway', () => {
  it('goes on where others come and go meanwhile', async () => {
    const control = controlOf(listOf(3, 'meant'), listOf(4, 'meant'), listOf(5, 'meant'));
    await forgetGateway(control, adminUrl, why);
    expect(control.asked).toEqual([3, 4, 5]);
  });

  it('does not forget another one that has taken the address since', async () => {
    const control = controlOf(listOf(3, 'meant'), listOf(4, 'another'));
    await expect(forgetGateway(control, adminUrl, why)).rejects.toThrow('Another gateway is at');
    expect(control.asked).toEqual([3]);
  });
});
