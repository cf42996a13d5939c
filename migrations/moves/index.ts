import type { Move } from '#contracts/strangler/move.js';
import { inventory } from './inventory.js';

/** Every capability that can be moved. */
export const moves: readonly Move[] = [inventory];
