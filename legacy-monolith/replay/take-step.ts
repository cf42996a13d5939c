import type { PlacedOrder, PlacedOrders } from './placed-orders.js';
import type { OrderToPlace, ReplayStep } from './plan-steps.js';
import type { Tally } from './replay-tally.js';
import type { ApiAnswer, ApiClient } from './send-request.js';
import type { StockWatch } from './stock-watch.js';

/** What became of a step, where the contract explains it. */
export type Outcome = 'placed' | 'declined' | 'outOfStock' | 'cancelled' | 'unmatched';

/** What a client of a replay works with; all but its number is shared with the others. */
export interface Shopper {
  client: number;
  api: ApiClient;
  tally: Tally;
  runId: string;
  placed: PlacedOrders;
  stock: StockWatch;
  /** Look at the stock of the products after each order. */
  readStock: boolean;
}

/**
 * Places an order, or cancels the one that a credit note gives back.
 * @returns undefined when the answer was none that the contract explains
 */
export function takeStep(shopper: Shopper, step: ReplayStep): Promise<Outcome | undefined> {
  return step.action.type === 'place'
    ? placeOrder(shopper, step, step.action.order)
    : cancelOrder(shopper, step, shopper.placed.take(step.customerId, step.action.products));
}

async function placeOrder(
  shopper: Shopper,
  step: ReplayStep,
  order: OrderToPlace,
): Promise<Outcome | undefined> {
  const products = order.items.map(({ productId }) => productId);
  const answer = await write(shopper, step, products, {
    endpoint: 'POST /orders',
    path: '/orders',
    body: order,
  });
  if (answer.code === 'payment_declined') return 'declined';
  if (answer.code === 'insufficient_stock') return 'outOfStock';
  if (answer.status !== 201) return undefined;
  const { orderId } = answer.body as { orderId: string };
  shopper.placed.add(step.customerId, { orderId, products: new Set(products) });
  return 'placed';
}

async function cancelOrder(
  shopper: Shopper,
  step: ReplayStep,
  order: PlacedOrder | undefined,
): Promise<Outcome | undefined> {
  if (!order) return 'unmatched';
  const answer = await write(shopper, step, [...order.products], {
    endpoint: 'POST /orders/{orderId}/cancel',
    path: `/orders/${order.orderId}/cancel`,
  });
  return answer.status === 200 ? 'cancelled' : undefined;
}

/** Sends a write that changes the stock of these products when it is carried out. */
async function write(
  shopper: Shopper,
  step: ReplayStep,
  products: readonly string[],
  { endpoint, path, body }: { endpoint: string; path: string; body?: OrderToPlace },
): Promise<ApiAnswer> {
  const { api, tally, runId, stock, client } = shopper;
  const acknowledge = stock.beforeWrite(client, products);
  const idempotencyKey = `replay-${runId}-${step.name}`;
  const answer = await api.send({ method: 'POST', path, idempotencyKey, body });
  tally.answer(step, endpoint, answer);
  if (answer.status !== 200 && answer.status !== 201) return answer;
  // The answer of an earlier attempt may be of an earlier run: it says nothing about what has changed just now.
  if (!answer.replayed) acknowledge();
  if (shopper.readStock) await checkStock(shopper, step, products);
  return answer;
}

async function checkStock(
  { api, tally, stock, client }: Shopper,
  step: ReplayStep,
  products: readonly string[],
): Promise<void> {
  for (const product of products) {
    const judge = stock.beforeRead(client, product);
    const answer = await api.send({ method: 'GET', path: `/inventory/${product}` });
    tally.answer(step, 'GET /inventory/{productId}', answer);
    if (answer.status !== 200) continue;
    const { version } = answer.body as { version: number };
    tally.stockRead(step, product, judge(version), version);
  }
}
