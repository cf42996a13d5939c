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
];

/** Each takes a shop of its own: they are planted with `PLANTED_FAULTS=all` only. */
export const plantsBooksFaults = process.env['PLANTED_FAULTS'] === 'all';
