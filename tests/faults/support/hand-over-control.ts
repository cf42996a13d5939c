import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import { setTimeout as sleep } from 'node:timers/promises';

/** The control plane, as an operator uses it. */
export interface HandOverControl {
  /**
   * Wants so many percent of the capability with the service, and waits until every bucket is where it should be. Where
   * the control plane pauses, since it failed too often and asks for a person, it is told to go on.
   * @param signal ends the wait before
   * @returns what is in the way, if it is not so within so many milliseconds
   */
  share(percent: number, within: number, signal?: AbortSignal): Promise<string | undefined>;
  /** Wants so many percent, and changes its mind after so many milliseconds, in which gates may be looking or buckets moving. */
  changeMind(percent: number, after: number, act: 'pause' | 'rollback'): Promise<void>;
  /** @returns why nothing moves until a person has looked; undefined where it is not paused, or nobody can say */
  pausedFor(): Promise<string | undefined>;
}

export function handOverControl(shop: ThrowawayShop, capability = 'inventory'): HandOverControl {
  const token = shop.secret('control.admin');

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
    if (!view) return false;
    const reason = 'buckets are to move';
    const headers = { 'if-match': `"${view.version}"` };
    if (view.wanted.percent !== percent)
      return (await post('/share', { percent, reason }, headers)) !== undefined;
    // Its own pause is a question to a person; ours is over.
    if (view.paused) await post('/resume', { reason }, headers);
    return true;
  }

  function post(
    path: string,
    body: object,
    headers: Record<string, string>,
  ): Promise<CapabilityView | undefined> {
    return ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async function isReached(percent: number): Promise<boolean> {
    const view = await ask('');
    if (!view || view.openHandOvers.length > 0) return false;
    return view.buckets.every(({ bucket, owner }) => owner === (bucket <= percent ? 'service' : 'monolith'));
  }

  return {
    async share(percent, within, signal) {
      const giveUpAt = Date.now() + within;
      while (!(await want(percent)) || !(await isReached(percent))) {
        if (signal?.aborted || Date.now() > giveUpAt) return describe(await ask(''));
        await sleep(100);
      }
      return undefined;
    },
    async changeMind(percent, after, act) {
      await want(percent);
      await sleep(after);
      const view = await ask('');
      if (view) await post(`/${act}`, { reason: 'changed its mind' }, { 'if-match': `"${view.version}"` });
    },
    pausedFor: async () => (await ask(''))?.paused?.reason,
  };
}

function describe(view: CapabilityView | undefined): string {
  if (!view) return 'the control plane does not answer';
  const { capability, state, wanted, serviceBuckets, reasons, openHandOvers, gates, recent } = view;
  const last = recent[0];
  return [
    `${capability} is ${state}: ${serviceBuckets} buckets are with the service, ${wanted.percent ?? 'nobody knows how many'} should be`,
    ...reasons,
    ...openHandOvers.map(
      ({ id, state: at, attempts, reason }) => `hand-over ${id} is ${at}, tries ${attempts}, ${reason}`,
    ),
    ...gates.filter(({ open }) => !open).map(({ name, figure }) => `gate "${name}" is shut: ${figure}`),
    ...(last ? [`the last one, ${last.id}, was ${last.state} at ${last.closedAt}: ${last.reason}`] : []),
  ].join('; ');
}
