import { fileURLToPath } from 'node:url';
import { slowCardProvider, slowMailServer } from '../disturbances/combine.js';
import { bookedCapabilities } from './read-side.js';

/** Every process of the shop, but those that stand for the world outside: its card provider, mails and flags. */
export const everyProcess: readonly string[] = [
  ...['monolith', 'monolith-sidecar', 'gateway', 'control-plane', 'nats', 'mysql'],
  ...bookedCapabilities.flatMap((capability) => [capability, `${capability}-sidecar`]),
];

export const sampleOrders = fileURLToPath(
  new URL('../../../legacy-monolith/import/sample/sample-orders.csv', import.meta.url),
);

/** Whom a shop waits for in vain now and then. */
export const slowOutside: readonly string[] = [slowCardProvider];

/** Whose silence is waited out, unless its client is killed meanwhile: then it may have taken a mail, or not. */
export const slowWhenAllLive: readonly string[] = [slowMailServer];

/** The same as the first, where there is a quarter of an hour for what may be sent again then: a mail whose server said nothing. */
export const slowOutsideForLong: readonly string[] = [slowCardProvider, slowMailServer];
