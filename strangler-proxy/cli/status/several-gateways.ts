import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';

/** What one gateway says of something that others may speak of, too. */
export interface Told<Part> {
  gateway: string;
  part: Part;
}

export type ToldBySome<Part> = [Told<Part>, ...Told<Part>[]];

/** What each gateway says of the same thing, in the order of the first gateway that names it. */
export function groupByName<Part>(
  gateways: readonly GatewayStatus[],
  partsOf: (status: GatewayStatus) => readonly Part[],
  nameOf: (part: Part) => string,
): ToldBySome<Part>[] {
  const groups = new Map<string, ToldBySome<Part>>();
  for (const status of gateways) {
    for (const part of partsOf(status)) {
      const told = { gateway: status.gateway, part };
      const group = groups.get(nameOf(part));
      if (group) group.push(told);
      else groups.set(nameOf(part), [told]);
    }
  }
  return [...groups.values()];
}

/** The largest of those that are known. */
export function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

export function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
