import type { OwnServer } from '../../../sidecar/test/support/own-servers.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { Disturbance } from '../disturbances/disturbance.js';
import type { Operation } from '../history/operation.js';
import type { Shelf } from '../load/choose-command.js';
import type { Random } from '../load/random.js';
import type { Databases } from '../support/databases.js';
import type { HandOverControl } from '../support/hand-over-control.js';

/** What a mishap works with: it happens while clients write, and while no bucket moves. */
export interface MishapScene {
  shop: ThrowawayShop;
  environment: Record<string, string> | undefined;
  databases: Databases;
  control: HandOverControl;
  random: Random;
  shelf: Shelf;
  /** What clients have done so far; grows meanwhile. */
  operations: readonly Operation[];
  /** What explains requests that fail; a mishap adds to it. */
  disturbances: Disturbance[];
  /** How long the product may take to notice it, in milliseconds. */
  noticeWithin: number;
  say: (line: string) => void;
}

/** What only a person can set right; none of it by default. */
export interface Mishaps {
  /** Times that somebody writes to a replica's row by hand. */
  strays?: number;
  /** Times that the monolith's database is put back to a copy; clients place no orders then. */
  restores?: number;
  /** The monolith's database where it has a server of its own, as it needs for that. */
  ofMonolith?: OwnServer | undefined;
  /** Longest that the product may take to notice one, in milliseconds; by default only what hangs runs into it. */
  noticeWithin?: number;
}
