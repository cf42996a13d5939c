import { catalogueRequests } from '#contracts/shop/catalogue-requests.js';
import { notificationRequests } from '#contracts/shop/notification-requests.js';
import { orderRequests } from '#contracts/shop/order-requests.js';
import { paymentRequests } from '#contracts/shop/payment-requests.js';
import { atMonolith } from '#contracts/strangler/service-endpoint.js';
import type { Ask } from '#platform/messaging/ask-service.js';
import type { Participants } from '../use-cases/participants.js';
import { answerOf, askOwner } from './ask-owner.js';
import { stockOverNats } from './stock-requests.js';

/** Longest waits for one answer, in milliseconds: a charge waits for the card provider. */
const timeouts = { products: 1_000, charge: 3_500, payment: 2_000, notice: 2_000, settle: 2_000 };

/** The other capabilities, wherever they are. */
export function participantsOverNats(ask: Ask): Participants {
  return {
    findProducts: async (productIds) => {
      const endpoint = catalogueRequests.products;
      const reply = await ask(endpoint, { productIds: [...productIds] }, timeouts.products);
      const { products } = answerOf(endpoint, reply);
      return new Map(products.map((product) => [product.productId, product]));
    },
    stock: stockOverNats(ask),
    payments: {
      charge: (order) => askOwner(ask, paymentRequests.charge, order, timeouts.charge),
      outcome: (paymentId) => askOwner(ask, paymentRequests.outcome, { paymentId }, timeouts.payment),
      giveBack: (payment) => askOwner(ask, paymentRequests.giveBack, payment, timeouts.charge),
    },
    tell: async ({ channel, to, ...about }) => {
      const notice = { channel, to, ...about };
      await askOwner(ask, notificationRequests.notify, notice, timeouts.notice);
    },
    settleElsewhere: async (settlement) => {
      const endpoint = atMonolith(orderRequests.settle);
      const reply = await ask(endpoint, settlement, timeouts.settle);
      return answerOf(endpoint, reply).order;
    },
  };
}
