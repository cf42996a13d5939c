import type { Operation } from './operation.js';
import { endOf, startOf } from './operation.js';
import { type StockMovement, versionsOf } from './movements.js';
import type { ReservationState, StockState } from './world.js';

/** A direct change of stock that was acknowledged: which version it made, and what was there then. */
interface Change {
  key: string;
  version: number;
  available: number;
  effect: number;
  startedAt: number;
  endedAt: number;
}

/**
 * Checks one product: every acknowledged change is there once, none twice, none that nobody asked for, and the versions
 * form one history without gaps or forks, in an order that agrees with the order in which clients saw them.
 * @param movements what was said of units that moved for orders, since `initial`
 * @returns what is wrong, as sentences; empty if nothing is
 */
export function checkStock(
  productId: string,
  initial: StockState,
  final: StockState,
  operations: readonly Operation[],
  reservations: readonly ReservationState[],
  movements: readonly StockMovement[],
): string[] {
  const changes = acknowledgedChanges(operations);
  return [
    ...checkAnswers(operations),
    ...checkTotals(initial, final, changes, reservations),
    ...checkMade(initial, final, changes, movements),
  ].map((violation) => `${productId}: ${violation}`);
}

/** The part that needs no database: what clients were told of one product contradicts itself, and no waiting mends that. */
export function checkAnswers(operations: readonly Operation[]): string[] {
  const changes = acknowledgedChanges(operations);
  return [
    ...checkVersions(changes),
    ...checkArithmetic(changes),
    ...checkRealTime(changes),
    ...checkReads(operations),
  ];
}

function acknowledgedChanges(operations: readonly Operation[]): Change[] {
  const changes = operations.flatMap((operation): Change[] => {
    const { command, answer, key } = operation;
    if (command.kind !== 'decrease' && command.kind !== 'increase') return [];
    if (answer?.status !== 200) return [];
    const effect = command.kind === 'increase' ? command.quantity : -command.quantity;
    const { version, available } = answer.body as unknown as StockState;
    return [{ key, version, available, effect, startedAt: startOf(operation), endedAt: endOf(operation) }];
  });
  return changes.sort((one, other) => one.version - other.version);
}

function* pairs(changes: readonly Change[]): Generator<[Change, Change]> {
  for (const [index, change] of changes.entries()) {
    const next = changes[index + 1];
    if (next) yield [change, next];
  }
}

function checkVersions(changes: readonly Change[]): string[] {
  return [...pairs(changes)]
    .filter(([one, next]) => one.version === next.version)
    .map(([one, next]) => `version ${one.version} was given to ${one.key} and to ${next.key}: a fork`);
}

function checkArithmetic(changes: readonly Change[]): string[] {
  const negative = changes
    .filter(({ available }) => available < 0)
    .map(({ key, available }) => `${key} left ${available} available`);
  const wrong = [...pairs(changes)]
    .filter(
      ([one, next]) => next.version === one.version + 1 && next.available !== one.available + next.effect,
    )
    .map(
      ([one, next]) =>
        `version ${one.version} left ${one.available}, version ${next.version} changed it by ${next.effect} and left ${next.available}`,
    );
  return [...negative, ...wrong];
}

/** A change that had ended before another began has the lower version. */
function checkRealTime(changes: readonly Change[]): string[] {
  const violations: string[] = [];
  let latestStart: Change | undefined;
  for (const change of changes) {
    if (latestStart && change.endedAt < latestStart.startedAt)
      violations.push(
        `version ${change.version} (${change.key}) ended before version ${latestStart.version} (${latestStart.key}) began`,
      );
    if (!latestStart || change.startedAt > latestStart.startedAt) latestStart = change;
  }
  return violations;
}

function checkTotals(
  initial: StockState,
  final: StockState,
  changes: readonly Change[],
  reservations: readonly ReservationState[],
): string[] {
  const sum = (state: ReservationState['state']) =>
    reservations.filter((one) => one.state === state).reduce((total, { quantity }) => total + quantity, 0);
  const direct = changes.reduce((total, { effect }) => total + effect, 0);
  const available = initial.available + direct - sum('reserved') - sum('shipped');
  const reserved = initial.reserved + sum('reserved');
  const explanation = `${changes.length} acknowledged changes and ${reservations.length} reservations`;
  return [
    ...(final.available === available
      ? []
      : [`available is ${final.available}, but ${explanation} make ${available}`]),
    ...(final.reserved === reserved
      ? []
      : [`reserved is ${final.reserved}, but ${explanation} make ${reserved}`]),
  ];
}

/** Each version was made by a change that was acknowledged or by a movement that was said, and each of those made one. */
function checkMade(
  initial: StockState,
  final: StockState,
  changes: readonly Change[],
  movements: readonly StockMovement[],
): string[] {
  const { versions, wrong } = versionsOf(movements);
  const made = initial.version + changes.length + versions;
  if (final.version === made) return wrong;
  const explanation = `${changes.length} acknowledged changes and ${versions} movements for orders`;
  return [...wrong, `version is ${final.version}, but ${explanation} make ${made}`];
}

/** A client never reads older than it wrote, or than it has read before. */
function checkReads(operations: readonly Operation[]): string[] {
  const known = new Map<number, number>();
  const violations: string[] = [];
  const answered = operations.filter(({ answer }) => answer?.status === 200);
  const ordered = answered.toSorted((one, other) => endOf(one) - endOf(other));
  for (const { client, command, answer, key } of ordered) {
    if (command.kind === 'order' || command.kind === 'cancel') continue;
    const version = Number(answer?.body['version']);
    const before = known.get(client) ?? 0;
    if (command.kind === 'read' && version < before)
      violations.push(`client ${client} read version ${version} (${key}) after it knew version ${before}`);
    known.set(client, Math.max(before, version));
  }
  return violations;
}
