/** An event of inventory, as the side that owned the product said it: units of it moved for an order. */
export interface StockMovement {
  productId: string;
  orderId: string;
  kind: 'reserved' | 'released' | 'shipped';
  quantity: number;
  /** The ownership under which it was said, and its number among what that side has said: these order those of one product. */
  epoch: number;
  sequence: number;
}

/**
 * Versions that movements of one product have made: a reservation that an order takes over from an attempt before, as it is,
 * moves no units, and makes none.
 * @returns the number of versions, and what contradicts itself
 */
export function versionsOf(movements: readonly StockMovement[]): { versions: number; wrong: string[] } {
  const held = new Map<string, number>();
  const wrong: string[] = [];
  let versions = 0;
  const inOrder = movements.toSorted(
    (one, other) => one.epoch - other.epoch || one.sequence - other.sequence,
  );
  for (const { orderId, kind, quantity } of inOrder) {
    const before = held.get(orderId) ?? 0;
    const after = kind === 'reserved' ? quantity : 0;
    if (kind !== 'reserved' && before !== quantity)
      wrong.push(
        `${quantity} units were said to be ${kind} for order ${orderId}, for which ${before} were held`,
      );
    if (before !== after) versions += 1;
    held.set(orderId, after);
  }
  return { versions, wrong };
}
