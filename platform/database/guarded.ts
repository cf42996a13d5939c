import type { Transaction } from 'sequelize';

/** Never there at run time: it only tells types apart. */
declare const guards: unique symbol;

/**
 * A transaction that has passed the guard of these capabilities: it holds the ownership of keys of each until it ends.
 * Every function that writes a moved table demands one, so the compiler refuses a write that no guard stands before.
 *
 * `Guarded<'orders' | 'payments'>` has passed both guards, and may be used where either is demanded. `Guarded<string>`
 * is the demand of code that serves any capability.
 *
 * Only `platform/ownership` makes them. Which keys are held is not part of the type: the caller of the guard names them.
 */
export type Guarded<Capability extends string> = Transaction & {
  readonly [guards]: { readonly [Name in Capability]: true };
};

/** Of some keys of a capability, those that a transaction holds. */
export interface HeldKeys<Capability extends string> {
  keys: ReadonlySet<string>;
  /** The transaction that holds them. */
  transaction: Guarded<Capability>;
}

/** Marks a transaction as guarded; for the guards alone, once they hold the keys. */
export function passGuard<Capability extends string, Begun extends Transaction>(
  _capability: Capability,
  transaction: Begun,
): Begun & Guarded<Capability> {
  return transaction as Begun & Guarded<Capability>;
}
