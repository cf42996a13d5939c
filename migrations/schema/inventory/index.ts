import type { Migration } from '#platform/schema/migrate-schema.js';
import * as stockLevels from './0001-stock-levels.js';
import * as ownership from './0002-ownership.js';
import * as stockReservations from './0003-stock-reservations.js';
import * as outbox from './0004-outbox.js';
import * as outboxStreams from './0005-outbox-streams.js';

/** The schema of the inventory service, step by step. */
export const inventoryMigrations: readonly Migration[] = [
  stockLevels,
  ownership,
  stockReservations,
  outbox,
  outboxStreams,
];
