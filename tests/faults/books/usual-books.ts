import { fileURLToPath } from 'node:url';
import { bookedCapabilities } from './read-side.js';

/** Every process of the shop, but those that stand for the world outside: its card provider, mails and flags. */
export const everyProcess: readonly string[] = [
  ...['monolith', 'monolith-sidecar', 'gateway', 'control-plane', 'nats', 'mysql'],
  ...bookedCapabilities.flatMap((capability) => [capability, `${capability}-sidecar`]),
];

export const sampleOrders = fileURLToPath(
  new URL('../../../legacy-monolith/import/sample/sample-orders.csv', import.meta.url),
);
