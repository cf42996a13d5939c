import type { Sequelize, Transaction } from 'sequelize';
import { type Guarded, type HeldKeys, passGuard } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import type { Write } from '#platform/http/route.js';
import { guardKeys } from './guard-keys.js';

/** Runs a write of one capability in a transaction; for `rememberAnswers`. */
export type RunGuarded<Capability extends string> = <Result>(
  write: Write,
  work: (transaction: Guarded<Capability>) => Promise<Result>,
) => Promise<Result>;

/**
 * Begins the transactions of a capability's writes: the first statement of each holds the ownership of what is written,
 * so that a side that does not own it can't write. A refused write leaves nothing behind, not even under its
 * Idempotency-Key.
 * @returns what throws AppError `not_owner`, and an Error for a write of another capability
 */
export function guardWrites<Capability extends string>(
  database: Sequelize,
  capability: Capability,
): RunGuarded<Capability> {
  return (write, work) => {
    refuseOthers(capability, write);
    return runTransaction(database, async (transaction) =>
      work(await guardKeys(database, capability, [write.resourceKey], transaction)),
    );
  };
}

/** The same for a capability that no move names: it has no ownership, as this side alone writes it. */
export function runUnmovedWrites<Capability extends string>(
  database: Sequelize,
  capability: Capability,
): RunGuarded<Capability> {
  return (write, work) => {
    refuseOthers(capability, write);
    return runTransaction(database, (transaction) => work(passGuard(capability, transaction)));
  };
}

/** Holds all keys of a capability that no move names. */
export function holdUnmovedKeys<Capability extends string>(
  capability: Capability,
  keys: readonly string[],
  transaction: Transaction,
): HeldKeys<Capability> {
  return { keys: new Set(keys), transaction: passGuard(capability, transaction) };
}

/** A route that is bound to the guard of another capability would write what nobody holds. */
function refuseOthers(capability: string, write: Write): void {
  if (write.capability === capability) return;
  throw new Error(`a write of ${write.capability} is bound to the guard of ${capability}`);
}
