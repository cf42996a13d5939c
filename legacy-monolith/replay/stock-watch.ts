/** What this replay knows about the versions that a product's stock must have reached by now. */
export interface StockWatch {
  /** To be called before a write is sent; the function that it returns, when it was acknowledged. */
  beforeWrite(client: number, products: readonly string[]): () => void;
  /** To be called before a read is sent; the function that it returns judges the version that was read. */
  beforeRead(client: number, product: string): (version: number) => ReadVerdict;
}

/**
 * `stale`: the client has written or seen a later version itself, which must never happen.
 * `behind`: only others have seen a later one, which replication allows.
 */
export type ReadVerdict = 'fresh' | 'behind' | 'stale';

/**
 * A write adds one to the version of each product. So when the version was at least v before a write was sent, it is
 * at least v + 1 once it was acknowledged, whatever others do: a read that shows less does not hold the write.
 */
export function watchStock(clients: number): StockWatch {
  const seenByAll = new Map<string, number>();
  const seenBy = Array.from({ length: clients }, () => new Map<string, number>());
  const learn = (client: number, product: string, version: number) => {
    for (const seen of [seenByAll, seenBy[client]]) {
      if (seen && version > leastVersion(seen, product)) seen.set(product, version);
    }
  };
  return {
    beforeWrite: (client, products) => {
      const before = products.map((product) => leastVersion(seenByAll, product));
      return () => products.forEach((product, index) => learn(client, product, (before[index] ?? 1) + 1));
    },
    beforeRead: (client, product) => {
      const own = leastVersion(seenBy[client], product);
      const others = leastVersion(seenByAll, product);
      return (version) => {
        learn(client, product, version);
        if (version < own) return 'stale';
        return version < others ? 'behind' : 'fresh';
      };
    },
  };
}

/** Every product's stock starts at version 1. */
function leastVersion(seen: ReadonlyMap<string, number> | undefined, product: string): number {
  return seen?.get(product) ?? 1;
}
