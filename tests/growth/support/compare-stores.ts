import type { Store } from '#contracts/strangler/store.js';
import type { LogSize } from '#platform/messaging/log-size.js';

/** Names that no store of the list has, as an error says them. */
export function unlisted(found: readonly string[], stores: readonly Store[]): string[] {
  return found.filter((name) => !stores.some((store) => fits(store, name)));
}

/** Stores of the list that are not there, but for those that need not be. */
export function notThere(found: readonly string[], stores: readonly Store[]): string[] {
  return stores
    .filter((store) => store.only === undefined && !found.some((name) => fits(store, name)))
    .map(({ name }) => name);
}

/** A stream as the broker has it. */
export interface FoundStream {
  name: string;
  size: LogSize;
}

const bucketPrefix = 'KV_';

/** What differs between the broker's streams and buckets and the list, a line for each. */
export function streamDifferences(found: readonly FoundStream[], stores: readonly Store[]): string[] {
  const lines = found.flatMap(({ name, size }) => {
    const isBucket = name.startsWith(bucketPrefix);
    const plain = isBucket ? name.slice(bucketPrefix.length) : name;
    const store = stores.find((one) => (one.kind === 'bucket') === isBucket && fits(one, plain));
    if (store?.bound.kind !== 'log') return [`${name} is not in the list`];
    const { maxAge, maxBytes, full } = store.bound;
    return [
      ...(size.maxBytes === maxBytes ? [] : [`${name} has room for ${size.maxBytes} bytes, not ${maxBytes}`]),
      // Leases end as a setting says, within their bound.
      ...(size.maxAge === maxAge || (isBucket && (size.maxAge ?? Infinity) <= maxAge)
        ? []
        : [`${name} keeps entries for ${size.maxAge} ms, not ${maxAge}`]),
      ...(size.full === full ? [] : [`when ${name} is full, ${size.full}, not ${full}`]),
    ];
  });
  const names = found.map(({ name }) => name.replace(bucketPrefix, ''));
  return [...lines, ...notThere(names, stores).map((name) => `${name} is not there`)];
}

function fits({ name }: Store, found: string): boolean {
  if (!name.includes('*')) return name === found;
  return new RegExp(`^${name.replaceAll('*', '[a-z_-]+')}$`).test(found);
}
