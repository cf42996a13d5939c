import { until } from '../../support/until.js';
import type { FaultyShop } from './faulty-shop.js';

/** The control plane, as an operator uses it. */
export interface HandOverControl {
  /** Wants so many percent of inventory with the service, and waits until every bucket is where it should be. */
  share(percent: number): Promise<void>;
  /** Buckets that the service owns, as the control plane sees it. */
  owned(): Promise<number>;
}

export function handOverControl(shop: FaultyShop): HandOverControl {
  const headers = {
    authorization: `Bearer ${shop.secret('control.operator')}`,
    'content-type': 'application/json',
  };
  const url = new URL('/capabilities/inventory', shop.addresses.control);

  async function ask(path: string, body?: unknown): Promise<Record<string, unknown> | undefined> {
    try {
      const answer = await fetch(new URL(`${url.pathname}${path}`, url), {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(5_000),
      });
      const said = (await answer.json()) as Record<string, unknown>;
      return answer.ok ? said : undefined;
    } catch {
      // Killed, or its database is: it is asked again.
      return undefined;
    }
  }

  async function owned(): Promise<number> {
    const state = await ask('');
    return state === undefined ? -1 : Number(state['serviceBuckets']);
  }

  return {
    owned,
    async share(percent) {
      await until(`the control plane takes the wish for ${percent} %`, async () => {
        return (await ask('/share', { percent, reason: 'a test of truth' })) !== undefined;
      });
      await until(`the service owns ${percent} buckets`, async () => (await owned()) === percent);
    },
  };
}
