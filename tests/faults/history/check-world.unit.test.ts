import { describe, expect, it } from '@jest/globals';
import { checkWorld, type Evidence } from './check-world.js';
import type { StockMovement } from './movements.js';
import type { Command, Operation } from './operation.js';
import type { StockState, World } from './world.js';

const initial: StockState = { available: 10, reserved: 0, version: 1 };

/** Two changes and an order of one product, as they should be. */
function soundEvidence(): Evidence {
  const stock = { available: 9, reserved: 2, version: 4 };
  const reservation = { orderId: 'o1', productId: 'p', quantity: 2, state: 'reserved' as const };
  const remembered = new Map([
    ['a', 200],
    ['b', 200],
  ]);
  const world: World = {
    stock: { monolith: new Map([['p', stock]]), service: new Map([['p', { ...stock }]]) },
    reservations: { monolith: [reservation], service: [{ ...reservation }] },
    movements: [{ productId: 'p', orderId: 'o1', kind: 'reserved', quantity: 2, epoch: 1, sequence: 1 }],
    orders: [{ orderId: 'o1', status: 'CONFIRMED', items: [{ productId: 'p', quantity: 2 }] }],
    owned: { monolith: buckets(1, 60), service: buckets(61, 100) },
    remembered: { monolith: remembered, service: new Map(remembered) },
  };
  return {
    initial: { stock: { monolith: new Map([['p', initial]]), service: new Map() }, movements: [] },
    operations: [
      done('a', { kind: 'decrease', productId: 'p', quantity: 3 }, 1, 2, 200, {
        available: 7,
        reserved: 0,
        version: 2,
      }),
      done('o', { kind: 'order', items: [{ productId: 'p', quantity: 2 }], token: 'tok_visa' }, 3, 4, 201, {
        orderId: 'o1',
      }),
      done('b', { kind: 'increase', productId: 'p', quantity: 4 }, 5, 6, 200, {
        available: 9,
        reserved: 2,
        version: 4,
      }),
      done('r', { kind: 'read', productId: 'p' }, 7, 8, 200, { available: 9, reserved: 2, version: 4 }),
    ],
    world,
  };
}

function buckets(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function done(
  key: string,
  command: Command,
  startedAt: number,
  endedAt: number,
  status: number,
  body: Record<string, unknown>,
): Operation {
  const attempt = { startedAt, endedAt, status, problem: undefined, servedBy: 'monolith' };
  return { client: 1, key, command, attempts: [attempt], answer: { status, body } };
}

/** Changes sound evidence, and gives what the checker then says. */
function after(change: (evidence: Evidence) => void): string[] {
  const evidence = soundEvidence();
  change(evidence);
  return checkWorld(evidence);
}

function stockOf(evidence: Evidence, change: Partial<StockState>): void {
  for (const side of ['monolith', 'service'] as const)
    Object.assign(evidence.world.stock[side].get('p') ?? {}, change);
}

function moved({ world }: Evidence, ...movements: readonly Pick<StockMovement, 'orderId' | 'kind'>[]): void {
  const said = world.movements as StockMovement[];
  for (const movement of movements)
    said.push({ ...movement, productId: 'p', quantity: 2, epoch: 1, sequence: said.length + 1 });
}

function answerOf(evidence: Evidence, key: string): Record<string, unknown> {
  const operation = evidence.operations.find((one) => one.key === key);
  if (!operation?.answer) throw new Error(`no answer to ${key}`);
  return operation.answer.body;
}

describe('the checker of a history', () => {
  it('has nothing to say of one where everything happened once', () => {
    expect(checkWorld(soundEvidence())).toEqual([]);
  });

  it('explains what was taken back and set aside again by what was said of it', () => {
    expect(
      after((e) => {
        moved(e, { orderId: 'o1', kind: 'released' }, { orderId: 'o1', kind: 'reserved' });
        stockOf(e, { version: 6 });
        Object.assign(answerOf(e, 'b'), { version: 6 });
        Object.assign(answerOf(e, 'r'), { version: 6 });
      }),
    ).toEqual([]);
  });

  it('counts nothing that was said before the first command', () => {
    expect(
      after((e) => {
        moved(e, { orderId: 'o0', kind: 'reserved' }, { orderId: 'o0', kind: 'released' });
        e.initial.movements = e.world.movements.slice(1);
      }),
    ).toEqual([]);
  });

  it('counts no version for a reservation that a later attempt takes over as it is', () => {
    expect(after((e) => moved(e, { orderId: 'o1', kind: 'reserved' }))).toEqual([]);
  });

  it.each<[string, (evidence: Evidence) => void, RegExp]>([
    ['a lost write', (e) => stockOf(e, { available: 5, version: 3 }), /version is 3/],
    ['a write that was made twice', (e) => stockOf(e, { available: 13, version: 5 }), /available is 13/],
    ['a version that nobody asked for', (e) => stockOf(e, { version: 5 }), /version is 5/],
    [
      'units taken back and set aside again, of which nobody has said a word',
      (e) => stockOf(e, { version: 6 }),
      /version is 6/,
    ],
    [
      'a movement that made no version',
      (e) => moved(e, { orderId: 'o2', kind: 'reserved' }, { orderId: 'o2', kind: 'released' }),
      /version is 4, but 2 acknowledged changes and 3 movements for orders make 6/,
    ],
    [
      'units that are put back and were never set aside',
      (e) => moved(e, { orderId: 'o2', kind: 'released' }),
      /2 units were said to be released for order o2, for which 0 were held/,
    ],
    ['a fork: one version for two writes', (e) => Object.assign(answerOf(e, 'b'), { version: 2 }), /a fork/],
    [
      'an order of versions that clients have seen otherwise',
      (e) => {
        Object.assign(answerOf(e, 'a'), { version: 4 });
        Object.assign(answerOf(e, 'b'), { version: 2 });
      },
      /ended before/,
    ],
    ['negative stock', (e) => Object.assign(answerOf(e, 'a'), { available: -1 }), /left -1/],
    ['a stale read', (e) => Object.assign(answerOf(e, 'r'), { version: 3 }), /read version 3/],
    [
      'a replica that differs',
      (e) => Object.assign(e.world.stock.service.get('p') ?? {}, { available: 8 }),
      /stock of p differs/,
    ],
    [
      'an answer that the other side has not got',
      (e) => void (e.world.remembered.service as Map<string, number>).delete('a'),
      /answer under key a differs/,
    ],
    [
      'an acknowledged key that nobody remembers',
      (e) => {
        for (const side of ['monolith', 'service'] as const)
          (e.world.remembered[side] as Map<string, number>).delete('a');
      },
      /nothing is kept under its key/,
    ],
    ['a bucket with two owners', (e) => (e.world.owned.service as number[]).push(60), /60 has 2 owners/],
    ['a bucket with no owner', (e) => void (e.world.owned.service as number[]).pop(), /100 has 0 owners/],
    ['an order that is gone', (e) => void (e.world.orders as unknown[]).pop(), /confirmed and is gone/],
    [
      'an order that never ended',
      (e) => Object.assign(e.world.orders[0] ?? {}, { status: 'PENDING' }),
      /still PENDING/,
    ],
    [
      'a rejected order that holds stock',
      (e) => Object.assign(e.world.orders[0] ?? {}, { status: 'REJECTED' }),
      /REJECTED but holds/,
    ],
    [
      'a confirmed order without its stock',
      (e) => {
        for (const side of ['monolith', 'service'] as const) (e.world.reservations[side] as unknown[]).pop();
      },
      /its 2 of p are unknown/,
    ],
    [
      'a command that was never answered',
      (e) => Object.assign(e.operations[0] ?? {}, { answer: undefined }),
      /never got an answer/,
    ],
  ])('finds %s', (_name, change, said) => {
    expect(after(change).join('\n')).toMatch(said);
  });
});
