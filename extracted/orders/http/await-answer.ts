import type { Order } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import { resource } from '#platform/http/answers.js';
import type { Answer } from '#platform/http/route.js';
import type { Saga } from '#platform/saga/saga.js';
import { errorOf, type OrderWork } from '../use-cases/order-work.js';
import { getOrder } from '../use-cases/read-orders.js';

/**
 * The answer of a write that a saga ends.
 * @throws AppError why it was taken back; `timeout` while it is still being done
 */
export async function awaitAnswer<Data extends { settled?: Order }>(
  { sagas, orders, timeouts }: OrderWork,
  saga: Saga<Data, Guarded<'orders'>>,
  begun: Answer,
  { orderId, path }: { orderId: string; path: string },
): Promise<Answer> {
  const { sagaId } = begun.body as { sagaId: string };
  const { status, ended, reason, data } = await sagas.runSaga(saga, sagaId, timeouts.answerMs);
  if (status === 'done') return resource(data.settled ?? (await getOrder(orders, orderId)));
  if (ended) throw errorOf(reason);
  throw new AppError(
    'timeout',
    `${path} has been begun and is not done yet: look at order ${orderId} in a while`,
  );
}
