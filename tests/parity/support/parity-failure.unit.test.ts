import { expect, it } from '@jest/globals';
import { describeDisagreement } from './parity-failure.js';

it('a failure tells the commands, the fields, and both answers side by side', () => {
  const answers = [
    { status: 200, headers: { etag: '"1"' }, body: { status: 'CONFIRMED', paymentId: 'id 1' } },
    { status: 200, headers: { etag: '"2"' }, body: { status: 'CONFIRMED' } },
  ] as const;
  const text = describeDisagreement({
    shops: ['the monolith', 'the gateway'],
    commands: [
      { method: 'POST', path: '/orders', body: { customerId: 'ada' }, headers: { 'idempotency-key': 'k1' } },
      { method: 'GET', path: '/orders/1' },
    ],
    answers,
    differences: [
      { field: 'headers.etag', expected: '"1"', actual: '"2"' },
      { field: 'body.paymentId', expected: 'id 1', actual: undefined },
    ],
  });
  expect(text.split('\n')).toEqual([
    'What the gateway answers is not what the monolith answers:',
    '  1. POST /orders {"customerId":"ada"} (idempotency-key: k1)',
    '  2. GET /orders/1',
    '',
    'Fields that differ (the monolith → the gateway):',
    String.raw`  headers.etag: "\"1\"" → "\"2\""`,
    '  body.paymentId: "id 1" → not there',
    '',
    `${'the monolith'.padEnd(66)}   the gateway`,
    `${'-'.repeat(66)}   ${'-'.repeat(66)}`,
    `${'200'.padEnd(66)}   200`,
    `${'etag: "1"'.padEnd(66)} <`,
    `${''.padEnd(66)} > etag: "2"`,
    '',
    `${'{'.padEnd(66)}   {`,
    `${'  "status": "CONFIRMED",'.padEnd(66)} <`,
    `${'  "paymentId": "id 1"'.padEnd(66)} <`,
    `${''.padEnd(66)} >   "status": "CONFIRMED"`,
    `${'}'.padEnd(66)}   }`,
  ]);
});
