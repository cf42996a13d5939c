import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import { setTimeout as sleep } from 'node:timers/promises';

/** The control plane, as an operator uses it. */
export interface HandOverControl {
  /**
   * Wants so many percent of the capability with the service, and waits until every bucket is where it should be.
   * @returns false if it is not within so many milliseconds
   */
  share(percent: number, within: number): Promise<boolean>;
}

export function handOverControl(shop: ThrowawayShop, capability = 'inventory'): HandOverControl {
  const token = shop.secret('control.operator');

  async function ask(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<CapabilityView | undefined> {
    try {
      const answer = await fetch(
        new URL(`/capabilities/${capability}${path}`, shop.processOf('control-plane').url),
        {
          ...init,
          headers: { ...init.headers, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          signal: AbortSignal.timeout(5_000),
        },
      );
      const said = (await answer.json()) as CapabilityView;
      return answer.ok ? said : undefined;
    } catch {
      // Killed, or its database is: it is asked again.
      return undefined;
    }
  }

  async function want(percent: number): Promise<boolean> {
    const view = await ask('');
    if (!view || view.wanted.percent === percent) return view !== undefined;
    const body = JSON.stringify({ percent, by: 'a test', reason: 'buckets are to move' });
    const headers = { 'if-match': `"${view.version}"` };
    return (await ask('/share', { method: 'POST', headers, body })) !== undefined;
  }

  async function isReached(percent: number): Promise<boolean> {
    const view = await ask('');
    if (!view || view.openHandOvers.length > 0) return false;
    return view.buckets.every(({ bucket, owner }) => owner === (bucket <= percent ? 'service' : 'monolith'));
  }

  return {
    async share(percent, within) {
      const giveUpAt = Date.now() + within;
      while (!(await want(percent)) || !(await isReached(percent))) {
        if (Date.now() > giveUpAt) return false;
        await sleep(100);
      }
      return true;
    },
  };
}
