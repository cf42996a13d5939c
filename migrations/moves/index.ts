import type { Move } from '#contracts/strangler/move.js';
import { inventory } from './inventory.js';
import { notifications } from './notifications.js';
import { orders } from './orders.js';
import { payments } from './payments.js';

/** Every capability that can be moved. */
export const moves: readonly Move[] = [inventory, payments, notifications, orders];
