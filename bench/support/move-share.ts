import { setTimeout as sleep } from 'node:timers/promises';
import { capabilityViewSchema, type CapabilityView } from '#contracts/strangler/control-plane.js';
import type { ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';

/**
 * Asks the control plane for another share of a capability, and waits until every bucket is where it should be.
 * @throws when the control plane refuses it
 */
export async function moveShare(shop: ThrowawayShop, capability: string, percent: number): Promise<void> {
  const ask = async (path: string, init: RequestInit = {}): Promise<CapabilityView> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${shop.secret('control.admin')}`);
    headers.set('content-type', 'application/json');
    const address = new URL(`/capabilities/${capability}${path}`, shop.processOf('control-plane').url);
    const answer = await fetch(address, { ...init, headers });
    if (!answer.ok) throw new Error(`the control plane answered ${answer.status}: ${await answer.text()}`);
    return capabilityViewSchema.parse(await answer.json());
  };
  const { version } = await ask('');
  await ask('/share', {
    method: 'POST',
    headers: { 'if-match': `"${version}"` },
    body: JSON.stringify({ percent, reason: 'to measure it' }),
  });
  const isThere = ({ buckets }: CapabilityView) =>
    buckets.every(({ bucket, owner }) => owner === (bucket <= percent ? 'service' : 'monolith'));
  while (!isThere(await ask(''))) await sleep(50);
}
