import { troubleOfInventory } from './disturbances/combine.js';
import type { Habits } from './load/choose-command.js';

/**
 * What clients do, as shares: mostly changes of stock, some reads, a few orders and cancellations. An order costs ten
 * times what a change of stock does.
 */
export const usualHabits: Habits = { reads: 10, orders: 1, cancels: 0.5 };

/** Processes that may die at any moment, streams that may be lost, and what several of these make together. */
export const killable: readonly string[] = [
  'monolith',
  'inventory',
  'monolith-sidecar',
  'inventory-sidecar',
  'gateway',
  'control-plane',
  'nats',
  'mysql',
  'stream of the monolith',
  'stream of the service',
  'messages of the monolith',
  'messages of the service',
  ...troubleOfInventory,
];
