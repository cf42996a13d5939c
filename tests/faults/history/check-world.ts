import type { Side } from '#contracts/strangler/move.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { checkAnswers, checkStock } from './check-stock.js';
import type { Attempt, Operation } from './operation.js';
import type { StockMovement } from './movements.js';
import type { ReservationState, StockState, World } from './world.js';

export interface Evidence {
  /** Before the first command. */
  initial: Pick<World, 'stock' | 'movements'>;
  operations: readonly Operation[];
  world: World;
}

/**
 * Checks everything that clients were told against what the databases hold at the end.
 * @returns what is wrong, as sentences; empty if every acknowledged write is there exactly once
 */
export function checkWorld({ initial, operations, world }: Evidence): string[] {
  return [
    ...checkOwners(world),
    ...checkSidesAgree(world),
    ...checkUnanswered(operations),
    ...checkKeys(operations, world),
    ...checkOrders(operations, world),
    ...checkProducts(initial, operations, world),
  ];
}

/** What is wrong with the answers alone, whatever the databases will hold in the end. */
export function checkToldAlready(operations: readonly Operation[]): string[] {
  return [...byProduct(operations)].flatMap(([productId, own]) =>
    productId === '' ? [] : checkAnswers(own).map((violation) => `${productId}: ${violation}`),
  );
}

function checkOwners({ owned }: World): string[] {
  const violations: string[] = [];
  for (let bucket = 1; bucket <= bucketCount; bucket += 1) {
    const owners = (['monolith', 'service'] as const).filter((side) => owned[side].includes(bucket));
    if (owners.length !== 1) violations.push(`bucket ${bucket} has ${owners.length} owners`);
  }
  return violations;
}

function checkSidesAgree({ stock, reservations, remembered }: World): string[] {
  const asText = (states: readonly ReservationState[]): Map<string, string> =>
    new Map(states.map((one) => [`${one.orderId} ${one.productId}`, `${one.state} ${one.quantity}`]));
  return [
    ...differences('stock of', mapValues(stock.monolith, describe), mapValues(stock.service, describe)),
    ...differences('reservation', asText(reservations.monolith), asText(reservations.service)),
    ...differences(
      'answer under key',
      mapValues(remembered.monolith, String),
      mapValues(remembered.service, String),
    ),
  ];
}

function describe({ available, reserved, version }: StockState): string {
  return `${available} available, ${reserved} reserved, version ${version}`;
}

function mapValues<From>(
  map: ReadonlyMap<string, From>,
  change: (value: From) => string,
): Map<string, string> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

function differences(what: string, monolith: Map<string, string>, service: Map<string, string>): string[] {
  return [...new Set([...monolith.keys(), ...service.keys()])]
    .filter((key) => monolith.get(key) !== service.get(key))
    .map(
      (key) =>
        `${what} ${key} differs: monolith ${monolith.get(key) ?? 'has none'}, service ${service.get(key) ?? 'has none'}`,
    );
}

function checkUnanswered(operations: readonly Operation[]): string[] {
  return operations
    .filter(({ answer }) => answer === undefined)
    .map(
      ({ key, command, attempts }) =>
        `${command.kind} ${key} never got an answer that says what happened, but ${outcomesOf(attempts)}`,
    );
}

/** What came back from each try, those that follow each other with the same taken together. */
function outcomesOf(attempts: readonly Attempt[]): string {
  const runs: { what: string; count: number }[] = [];
  for (const { status, problem, servedBy } of attempts) {
    const what = `${status ?? 'no answer'} ${problem ?? ''} by ${servedBy ?? 'nobody'}`;
    const last = runs.at(-1);
    if (last?.what === what) last.count += 1;
    else runs.push({ what, count: 1 });
  }
  return runs.map(({ what, count }) => `${count} × ${what}`).join(', ');
}

/** The answer that a client got under its key is the one that is kept under it. */
function checkKeys(operations: readonly Operation[], { remembered }: World): string[] {
  return operations.flatMap(({ command, key, answer }) => {
    if (command.kind !== 'decrease' && command.kind !== 'increase') return [];
    const kept = remembered.monolith.get(key);
    if (answer === undefined || kept === answer.status) return [];
    return [
      `${command.kind} ${key} was answered ${answer.status}, but ${kept ?? 'nothing'} is kept under its key`,
    ];
  });
}

function checkOrders(operations: readonly Operation[], { orders, reservations }: World): string[] {
  const kept = new Map(orders.map((order) => [order.orderId, order]));
  const held = new Map(reservations.monolith.map((one) => [`${one.orderId} ${one.productId}`, one] as const));
  const placed = operations.flatMap(({ command, answer, key }) => {
    if (command.kind !== 'order' || answer?.status !== 201) return [];
    const order = kept.get(String(answer.body['orderId']));
    return order ? [] : [`order ${String(answer.body['orderId'])} (${key}) was confirmed and is gone`];
  });
  const wanted = { CONFIRMED: 'reserved', CANCELLED: 'released', SHIPPED: 'shipped', DELIVERED: 'shipped' };
  const wrong = orders.flatMap(({ orderId, status, items }) => {
    if (status === 'PENDING') return [`order ${orderId} is still PENDING`];
    return items.flatMap(({ productId, quantity }) => {
      const found = held.get(`${orderId} ${productId}`);
      const state = wanted[status as keyof typeof wanted];
      const taken = found !== undefined && found.quantity > 0 && found.state !== 'released';
      if (state === undefined) return taken ? [`order ${orderId} is ${status} but holds ${productId}`] : [];
      if (found?.state === state && found.quantity === quantity) return [];
      return [
        `order ${orderId} is ${status}, but its ${quantity} of ${productId} are ${found?.state ?? 'unknown'}`,
      ];
    });
  });
  const orphans = reservations.monolith
    .filter(({ orderId, state, quantity }) => state === 'reserved' && quantity > 0 && !kept.has(orderId))
    .map(({ orderId, productId }) => `${productId} is reserved for order ${orderId}, which does not exist`);
  return [...placed, ...wrong, ...orphans];
}

function checkProducts(
  initial: Evidence['initial'],
  operations: readonly Operation[],
  { stock, reservations, owned, movements }: World,
): string[] {
  const side: Side = owned.service.length > owned.monolith.length ? 'service' : 'monolith';
  const touching = byProduct(operations);
  const moved = movementsSince(initial.movements, movements);
  return [...initial.stock.monolith].flatMap(([productId, before]) => {
    const after = stock[side].get(productId);
    if (!after) return [`${productId} has no stock any more`];
    const own = reservations[side].filter((one) => one.productId === productId);
    const ownMoved = moved.filter((one) => one.productId === productId);
    return checkStock(productId, before, after, touching.get(productId) ?? [], own, ownMoved);
  });
}

function movementsSince(before: readonly StockMovement[], now: readonly StockMovement[]): StockMovement[] {
  const nameOf = ({ productId, epoch, sequence }: StockMovement) => `${productId} ${epoch} ${sequence}`;
  const known = new Set(before.map(nameOf));
  return now.filter((one) => !known.has(nameOf(one)));
}

function byProduct(operations: readonly Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const product = productOf(operation.command);
    const group = groups.get(product) ?? [];
    groups.set(product, group);
    group.push(operation);
  }
  return groups;
}

function productOf(command: Operation['command']): string {
  return 'productId' in command ? command.productId : '';
}
