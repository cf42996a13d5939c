import type { Dispatcher } from 'undici';
import type { Command } from '../history/operation.js';

/** What came back from one try. */
export interface Reply {
  status: number | undefined;
  body: Record<string, unknown>;
  problem: string | undefined;
  servedBy: string | undefined;
  /** Where the order is that an answer tells of, also of a rejected one. */
  location: string | undefined;
  /** Seconds that the answer asks to wait before another try. */
  retryAfter: number | undefined;
}

/** Sends a command once. @returns what came of it; a connection that failed is an outcome, too */
export async function sendCommand(
  gateway: Dispatcher,
  client: number,
  key: string,
  command: Command,
): Promise<Reply> {
  const { method, path, body } = requestOf(client, command);
  try {
    const answer = await gateway.request({
      method,
      path,
      headers: {
        'x-customer-id': `customer-${client}`,
        ...(method === 'POST' ? { 'idempotency-key': key, 'content-type': 'application/json' } : {}),
      },
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    });
    const parsed = JSON.parse(await answer.body.text()) as Record<string, unknown>;
    const header = (name: string) => answer.headers[name]?.toString();
    return {
      status: answer.statusCode,
      body: parsed,
      problem: answer.statusCode >= 400 ? (parsed['code'] as string) : undefined,
      servedBy: header('x-served-by'),
      location: header('location'),
      retryAfter: header('retry-after') === undefined ? undefined : Number(header('retry-after')),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return {
      status: undefined,
      body: {},
      problem: code ?? message,
      servedBy: undefined,
      location: undefined,
      retryAfter: undefined,
    };
  }
}

function requestOf(
  client: number,
  command: Command,
): { method: 'GET' | 'POST'; path: string; body?: unknown } {
  switch (command.kind) {
    case 'read':
      return { method: 'GET', path: `/inventory/${command.productId}` };
    case 'decrease':
    case 'increase':
      return {
        method: 'POST',
        path: `/inventory/${command.productId}/${command.kind}`,
        body: { quantity: command.quantity },
      };
    case 'cancel':
      return { method: 'POST', path: `/orders/${command.orderId}/cancel`, body: {} };
    case 'order':
      return {
        method: 'POST',
        path: '/orders',
        body: {
          customerId: `customer-${client}`,
          items: command.items,
          payment: { type: 'card', token: command.token },
          contact: { phone: '+441632960001' },
        },
      };
  }
}
