import { v7 as uuidv7 } from 'uuid';
import type { Guarded } from '#platform/database/guarded.js';
import type { Saga } from '#platform/saga/saga.js';
import type { PlacedOrder } from '../domain/order.js';
import type { OrderWork } from './order-work.js';
import type { Notice, TellCustomer } from './participants.js';

/** What the customer is told follows from what has happened, and nothing takes it back: it is tried until it succeeds. */
export function tellCustomerSaga(tell: TellCustomer): Saga<Notice, Guarded<'orders'>> {
  return {
    name: 'tell customer',
    isRefusal: () => false,
    steps: [{ name: 'tell customer', kind: 'remote', run: ({ data }) => tell(data), patienceMs: Infinity }],
    forget: ['to', 'data'],
  };
}

/** Tells the customer once the transaction is committed: by mail if there is an address, else by text message, else not at all. */
export async function tellCustomer(
  { sagas, participants }: OrderWork,
  order: PlacedOrder,
  template: Notice['template'],
  transaction: Guarded<'orders'>,
): Promise<void> {
  const notice = noticeOf(order, template);
  if (!notice) return;
  const start = { sagaId: uuidv7(), subject: `${order.orderId}/${template}`, data: notice };
  await sagas.begin(tellCustomerSaga(participants.tell), start, transaction);
}

function noticeOf(order: PlacedOrder, template: Notice['template']): Notice | undefined {
  const { orderId, contact, total, currency, shipment } = order;
  const about = { template, orderId, data: { orderId, amount: total, currency, ...shipment } };
  if (contact.email !== undefined) return { ...about, channel: 'email', to: contact.email };
  return contact.phone === undefined ? undefined : { ...about, channel: 'sms', to: contact.phone };
}
