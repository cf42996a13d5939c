import type { Fault } from './plant-fault.js';

/** Mistakes with money and mails that somebody could make; books that are kept with one must not add up. */
export const booksFaults: readonly Fault[] = [
  {
    name: 'an order that is charged twice',
    file: 'extracted/orders/use-cases/place-order.js',
    find: 'return captured(work, data, await payments.charge(charge));',
    replace: `await payments.charge({ ...charge, paymentId: \`\${charge.paymentId}-2\` });
                    return captured(work, data, await payments.charge(charge));`,
  },
  {
    name: 'a mail that is sent twice',
    file: 'extracted/notifications/adapters/send-email.js',
    find: 'await transport.sendMail({',
    replace:
      'await transport.sendMail({ from, to, subject, text: body });\n            await transport.sendMail({',
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
];

/** Each takes a shop of its own: they are planted with `PLANTED_FAULTS=all` only. */
export const plantsBooksFaults = process.env['PLANTED_FAULTS'] === 'all';
