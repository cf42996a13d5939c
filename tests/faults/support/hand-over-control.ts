import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import { until } from '../../support/until.js';

/** The control plane, as an operator uses it. */
export interface HandOverControl {
  /** Wants so many percent of inventory with the service, and waits until every bucket is where it should be. */
  share(percent: number): Promise<void>;
}

export function handOverControl(shop: ThrowawayShop): HandOverControl {
  const token = shop.secret('control.operator');

  async function ask(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<CapabilityView | undefined> {
    try {
      const answer = await fetch(
        new URL(`/capabilities/inventory${path}`, shop.processOf('control-plane').url),
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
    if (!view) return false;
    const body = JSON.stringify({ percent, by: 'truth', reason: 'buckets move under load' });
    const headers = { 'if-match': `"${view.version}"` };
    return (await ask('/share', { method: 'POST', headers, body })) !== undefined;
  }

  async function isReached(percent: number): Promise<boolean> {
    const view = await ask('');
    if (!view || view.openHandOvers.length > 0) return false;
    return view.buckets.every(({ bucket, owner }) => owner === (bucket <= percent ? 'service' : 'monolith'));
  }

  return {
    async share(percent) {
      await until(`the control plane takes the wish for ${percent} %`, () => want(percent));
      await until(`the service owns buckets 1 to ${percent}`, () => isReached(percent));
    },
  };
}
