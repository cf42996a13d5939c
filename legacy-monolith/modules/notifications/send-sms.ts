import type { SendMessage } from '#platform/mail/send-message.js';

const timeoutMs = 10_000;
/** Longest text that the provider takes; messages are cut to it. */
const longestText = 1_600;
/** Client errors that say nothing about the message. */
const temporary = new Set([401, 403, 404, 408, 425, 429]);

/**
 * Sends by the SMS provider's HTTP interface (`contracts/shop/provider.ts`), which takes each id once.
 * @param baseUrl the provider's address
 */
export function smsSender(baseUrl: string): SendMessage {
  return async ({ id, to, body }) => {
    try {
      const response = await fetch(new URL('/sms', baseUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': id },
        body: JSON.stringify({ to, text: body.slice(0, longestText) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.arrayBuffer();
      if (response.ok) return { result: 'sent' };
      const reason = `the SMS provider answered ${response.status}`;
      const final = response.status < 500 && !temporary.has(response.status);
      return final ? { result: 'refused', reason } : { result: 'failed', cause: new Error(reason) };
    } catch (cause) {
      return { result: 'failed', cause };
    }
  };
}
