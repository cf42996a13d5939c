import { neverArrived } from '#platform/errors/never-arrived.js';
import { chargeSchema } from '#contracts/shop/provider.js';
import type { PaymentProvider, ProviderReply } from '../domain/payment-provider.js';

/**
 * The answers by which the provider decides about a charge: there is none, it is in no state for that, its key is another
 * charge's. Any other status below 500 (401, 403, 408, 425, 429 ...) says nothing of the charge, and may be over soon.
 */
const decisions = [404, 409, 422];

/**
 * The card provider behind an HTTP interface, as `contracts/shop/provider.ts` describes it.
 * @param timeoutMs longest wait for a charge; questions wait half as long
 */
export function httpPaymentProvider(baseUrl: string, timeoutMs: number): PaymentProvider {
  const call = (path: string, init: RequestInit, patience: number) =>
    send(new URL(path, baseUrl), { ...init, signal: AbortSignal.timeout(patience) });
  const post = (path: string) => call(path, { method: 'POST' }, timeoutMs / 2);
  return {
    charge: (key, request) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      return call('/charges', { method: 'POST', headers, body: JSON.stringify(request) }, timeoutMs);
    },
    find: (key) => call(`/charges/${key}`, {}, timeoutMs / 2),
    refund: (key) => post(`/charges/${key}/refund`),
    voidCharge: (key) => post(`/charges/${key}/void`),
  };
}

async function send(url: URL, init: RequestInit): Promise<ProviderReply> {
  try {
    const response = await fetch(url, init);
    const body: unknown = await response.json();
    if (response.ok) return { kind: 'charge', charge: chargeSchema.parse(body) };
    if (decisions.includes(response.status)) return { kind: 'refused', status: response.status };
    return { kind: 'failed', cause: new Error(`${url.pathname} answered ${response.status}`) };
  } catch (cause) {
    return { kind: neverArrived(cause) ? 'unreachable' : 'unanswered', cause };
  }
}
