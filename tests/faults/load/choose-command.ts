import type { Command } from '../history/operation.js';
import type { Random } from './random.js';

/** What clients choose from. */
export interface Shelf {
  /** Few products that everybody wants, many that hardly anybody does. */
  hot: readonly string[];
  cold: readonly string[];
}

/** Shares of what clients do, in percent; the rest are changes of stock. */
export interface Habits {
  reads: number;
  orders: number;
  cancels: number;
}

/** @param placed orders of this client that can still be cancelled; one that is chosen is taken out */
export function chooseCommand(random: Random, shelf: Shelf, habits: Habits, placed: string[]): Command {
  const throwOf = random.next() * 100;
  if (throwOf < habits.reads) return { kind: 'read', productId: chooseProduct(random, shelf) };
  if (throwOf < habits.reads + habits.orders) return chooseOrder(random, shelf);
  if (throwOf < habits.reads + habits.orders + habits.cancels) {
    const orderId = placed.shift();
    if (orderId !== undefined) return { kind: 'cancel', orderId };
  }
  return {
    // More is taken than put back, so that some stock runs out.
    kind: random.next() < 0.6 ? 'decrease' : 'increase',
    productId: chooseProduct(random, shelf),
    quantity: random.between(1, 5),
  };
}

function chooseProduct(random: Random, { hot, cold }: Shelf): string {
  return random.pick(random.next() < 0.3 ? hot : cold);
}

function chooseOrder(random: Random, shelf: Shelf): Command {
  const products = new Set(Array.from({ length: random.between(1, 4) }, () => chooseProduct(random, shelf)));
  const items = [...products].map((productId) => ({ productId, quantity: random.between(1, 3) }));
  return { kind: 'order', items, token: random.next() < 0.1 ? 'tok_chargeDeclined' : 'tok_visa' };
}
