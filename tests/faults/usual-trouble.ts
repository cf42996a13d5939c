import type { Habits } from './load/choose-command.js';

/** What clients do, as shares: mostly changes of stock, some reads, a few orders and cancellations. */
export const usualHabits: Habits = { reads: 20, orders: 4, cancels: 2 };

/** Processes that may die at any moment, and streams that may be lost. */
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
];
