import type { EventDefinition } from './define-event.js';
import { inventoryEvents } from './inventory-events.js';
import { notificationEvents } from './notification-events.js';
import { orderEvents } from './order-events.js';
import { paymentEvents } from './payment-events.js';

/** Everything that happens in the shop, in the order of its published document. */
export const shopEvents: readonly EventDefinition[] = [
  ...Object.values(orderEvents),
  ...Object.values(inventoryEvents),
  ...Object.values(paymentEvents),
  ...Object.values(notificationEvents),
];
