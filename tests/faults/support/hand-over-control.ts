import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import { setTimeout as sleep } from 'node:timers/promises';

/** The control plane, as an operator uses it. */
export interface HandOverControl {
  /**
   * Wants so many percent of a capability with its service, and waits until every bucket is where it should be.
   * @returns false if it is not within so many milliseconds
   */
  share(capability: string, percent: number, within: number): Promise<boolean>;
}

export function handOverControl(shop: ThrowawayShop): HandOverControl {
  const token = shop.secret('control.operator');

  async function ask(
    capability: string,
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

  async function want(capability: string, percent: number): Promise<boolean> {
    const view = await ask(capability, '');
    if (!view || view.wanted.percent === percent) return view !== undefined;
    const body = JSON.stringify({ percent, by: 'a test', reason: 'buckets are to move' });
    const headers = { 'if-match': `"${view.version}"` };
    return (await ask(capability, '/share', { method: 'POST', headers, body })) !== undefined;
  }

  async function isReached(capability: string, percent: number): Promise<boolean> {
    const view = await ask(capability, '');
    if (!view || view.openHandOvers.length > 0) return false;
    return view.buckets.every(({ bucket, owner }) => owner === (bucket <= percent ? 'service' : 'monolith'));
  }

  return {
    async share(capability, percent, within) {
      const giveUpAt = Date.now() + within;
      while (!(await want(capability, percent)) || !(await isReached(capability, percent))) {
        if (Date.now() > giveUpAt) return false;
        await sleep(100);
      }
      return true;
    },
  };
}
