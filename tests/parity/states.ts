/** Which percentage of a capability's buckets the services own; what is not named is the monolith's. */
export interface State {
  name: string;
  shares: Readonly<Record<string, number>>;
}

/** In an order in which little has to move from one to the next. */
export const states: readonly State[] = [
  { name: 'everything at the monolith', shares: {} },
  { name: 'half of inventory extracted', shares: { inventory: 50 } },
  { name: 'inventory extracted', shares: { inventory: 100 } },
];

/** Capabilities that can be owned by a service. */
export const movable = ['inventory'];
