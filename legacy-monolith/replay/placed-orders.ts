/** The orders that a replay has placed, so that credit notes find the one that they give back. */
export interface PlacedOrders {
  add(customerId: string, order: PlacedOrder): void;
  /** Takes out the customer's most recent order that holds all these products; undefined when there is none. */
  take(customerId: string, products: ReadonlySet<string>): PlacedOrder | undefined;
}

export interface PlacedOrder {
  orderId: string;
  products: ReadonlySet<string>;
}

export function rememberPlacedOrders(): PlacedOrders {
  const byCustomer = new Map<string, PlacedOrder[]>();
  return {
    add: (customerId, order) => {
      byCustomer.set(customerId, [...(byCustomer.get(customerId) ?? []), order]);
    },
    take: (customerId, products) => {
      const orders = byCustomer.get(customerId) ?? [];
      const index = orders.findLastIndex((order) =>
        [...products].every((product) => order.products.has(product)),
      );
      return index < 0 ? undefined : orders.splice(index, 1)[0];
    },
  };
}
