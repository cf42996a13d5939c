import type { Scenario } from '../support/command.js';
import { catalogueScenarios } from './catalogue-scenarios.js';
import { httpScenarios } from './http-scenarios.js';
import { inventoryScenarios } from './inventory-scenarios.js';
import { notificationsScenarios } from './notifications-scenarios.js';
import { orderReadsScenarios } from './order-reads-scenarios.js';
import { ordersScenarios } from './orders-scenarios.js';
import { paymentsScenarios } from './payments-scenarios.js';

/** The whole of the contract; each has data of its own, so that they may be told at the same time. */
export const scenarios: readonly Scenario[] = [
  ...catalogueScenarios,
  ...inventoryScenarios,
  ...paymentsScenarios,
  ...notificationsScenarios,
  ...ordersScenarios,
  ...orderReadsScenarios,
  ...httpScenarios,
];
