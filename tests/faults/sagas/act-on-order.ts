import { setTimeout as sleep } from 'node:timers/promises';

/** What a client does to its order. */
export type Act = 'place' | 'cancel' | 'ship' | 'deliver';

/** An order of its own for a case, so that nothing but the case itself can have touched it. */
export interface ClientOrder {
  orderId: string;
  /** Each act has its own key, which follows from this one. */
  key: string;
  productId: string;
  quantity: number;
  token: string;
  email: string;
}

export interface ClientAnswer {
  status: number;
  code: string | undefined;
}

/** Sends an act once. @returns undefined if the service was not there, or died meanwhile */
export async function actOnce(
  url: string,
  order: ClientOrder,
  act: Act,
  signal?: AbortSignal,
): Promise<ClientAnswer | undefined> {
  const { path, body } = requestOf(order, act);
  try {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `${order.key}-${act}` },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
    const { code } = (await answer.json()) as { code?: string };
    return { status: answer.status, code };
  } catch {
    return undefined;
  }
}

/** Sends an act, always under the same key, until it is answered with what became of it. */
export async function actUntilAnswered(url: string, order: ClientOrder, act: Act): Promise<ClientAnswer> {
  for (;;) {
    const answer = await actOnce(url, order, act);
    if (answer && !isUnderWay(answer, act)) return answer;
    await sleep(100);
  }
}

/** A 504 of a placed order is its provider's, and taken for the end here; any other says that what was begun still goes on. */
function isUnderWay({ status, code }: ClientAnswer, act: Act): boolean {
  return code === 'request_in_progress' || (status === 504 && act !== 'place');
}

function requestOf({ orderId, productId, quantity, token, email }: ClientOrder, act: Act) {
  if (act !== 'place') {
    const shipment = { carrier: 'Post', trackingNumber: orderId };
    return { path: `/orders/${orderId}/${act}`, body: act === 'ship' ? shipment : {} };
  }
  const order = {
    customerId: 'customer-1',
    items: [{ productId, quantity }],
    payment: { type: 'card', token },
    contact: { email },
  };
  return { path: '/orders', body: order };
}
