import type { Guarded } from '#platform/database/guarded.js';
import type { AnySaga } from '#platform/saga/held-saga.js';
import { cancelOrderSaga } from './cancel-order.js';
import type { OrderWork } from './order-work.js';
import { placeOrderSaga } from './place-order.js';
import { shipOrderSaga } from './ship-order.js';
import { tellCustomerSaga } from './tell-customer.js';

/** Everything that orders do together with other capabilities, step by step. */
export function orderSagas(work: OrderWork): AnySaga<Guarded<'orders'>>[] {
  return [
    placeOrderSaga(work),
    cancelOrderSaga(work),
    shipOrderSaga(work),
    tellCustomerSaga(work.participants.tell),
  ];
}
