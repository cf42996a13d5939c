import type { Endpoint } from '../http/endpoint.js';
import { catalogueEndpoints } from './catalogue.js';
import { inventoryEndpoints } from './inventory.js';
import { notificationsEndpoints } from './notifications.js';
import { ordersEndpoints } from './orders.js';
import { paymentsEndpoints } from './payments.js';

/** Every endpoint of the shop, in the order of its published document. */
export const shopEndpoints: readonly Endpoint[] = [
  ...Object.values(catalogueEndpoints),
  ...Object.values(ordersEndpoints),
  ...Object.values(inventoryEndpoints),
  ...Object.values(paymentsEndpoints),
  ...Object.values(notificationsEndpoints),
];
