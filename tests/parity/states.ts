/** Which percentage of a capability's buckets the services own; what is not named is the monolith's. */
export interface State {
  name: string;
  shares: Readonly<Record<string, number>>;
  /** What a slow card provider makes clients wait for is told here, too: it takes long. */
  timed?: true;
}

/** Capabilities that a service can own. */
export const movable = ['inventory', 'payments', 'notifications', 'orders'];

/** Each capability alone, each pair, half of everything, and all: in an order in which little moves from one to the next. */
export const states: readonly State[] = [
  { name: 'everything at the monolith', shares: {} },
  ...[
    ['inventory'],
    ['inventory', 'payments'],
    ['payments'],
    ['payments', 'notifications'],
    ['notifications'],
    ['notifications', 'inventory'],
    ['inventory', 'orders'],
    ['orders'],
    ['orders', 'payments'],
    ['orders', 'notifications'],
  ].map((extracted) => ({
    name: `${extracted.join(' and ')} extracted`,
    shares: shareOf(extracted, 100),
  })),
  { name: 'half of everything extracted', shares: shareOf(movable, 50), timed: true },
  { name: 'everything extracted', shares: shareOf(movable, 100), timed: true },
];

function shareOf(capabilities: readonly string[], percent: number): Record<string, number> {
  return Object.fromEntries(capabilities.map((capability) => [capability, percent]));
}
