import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { moveLateOrders } from '../books/move-late-orders.js';
import type { Fault } from './plant-fault.js';

/** A fault, and the trouble in which it shows, where orders that run are not enough. */
export interface BooksFault extends Fault {
  /** @returns what is wrong afterwards */
  trouble?: (shop: ThrowawayShop) => Promise<string[]>;
  /** Times in each direction that the card provider answers too late, where it shows in that. */
  slowTimes?: number;
  /** What tells it from work that is merely not done yet, where there is some. */
  shows?: RegExp;
}

/** Mistakes with money and mails that somebody could make; books that are kept with one must not add up. */
export const booksFaults: readonly BooksFault[] = [
  {
    name: 'an order that is charged twice',
    file: 'extracted/orders/use-cases/place-order.js',
    find: 'return captured(work, data, await payments.charge(charge));',
    replace: `await payments.charge({ ...charge, paymentId: \`\${charge.paymentId}-2\` });
                    return captured(work, data, await payments.charge(charge));`,
  },
  {
    name: 'a mail that is sent twice',
    file: 'platform/mail/send-email.js',
    find: '.sendMail(mail)',
    replace:
      '.sendMail(mail).then(() => createTransport({ url }).sendMail({ from, to, subject, text: body }))',
  },
  {
    name: 'a payment that is taken, and not written down',
    file: 'extracted/payments/use-cases/charge-payment.js',
    find: 'await payments.add(payment, transaction);',
    replace: ';',
  },
  {
    name: 'an order that is confirmed, and its customer not told',
    file: 'extracted/orders/use-cases/settle-placed-order.js',
    find: "await tellCustomer(work, confirmed, 'order-confirmed', transaction);",
    replace: ';',
  },
  {
    name: 'an answer of 202 that is written without the guard',
    file: 'extracted/orders/http/place-route.js',
    find: 'await work.guarded(orderId, (transaction) => work.giveAnswer(',
    replace: 'await work.unguarded((transaction) => work.giveAnswer(',
    also: [
      {
        file: 'extracted/orders/create-orders-service.js',
        find: '...{ ...work, runWrite, guarded },',
        replace: '...{ ...work, runWrite, guarded, unguarded: (step) => database.transaction(step) },',
      },
    ],
    trouble: moveLateOrders,
  },
  {
    name: 'a charge whose provider is silent, and that is taken for void',
    file: 'extracted/payments/use-cases/settle-charge.js',
    find: 'reply = await provider.voidCharge(key);',
    replace: "return { outcome: 'void', spent: false };",
    slowTimes: 3,
    shows: /the provider has kept/,
  },
];

/** Each takes a shop of its own: they are planted with `PLANTED_FAULTS=all` only. */
export const plantsBooksFaults = process.env['PLANTED_FAULTS'] === 'all';
