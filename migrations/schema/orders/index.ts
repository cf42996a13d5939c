import type { Migration } from '#platform/schema/migrate-schema.js';
import * as orders from './0001-orders.js';
import * as outbox from './0002-outbox.js';
import * as tracking from './0003-tracking.js';
import * as projections from './0004-projections.js';
import * as endsOfSagas from './0005-ends-of-sagas.js';
import * as outboxStreams from './0006-outbox-streams.js';

/** The schema of the orders service, step by step. */
export const ordersMigrations: readonly Migration[] = [
  orders,
  outbox,
  tracking,
  projections,
  endsOfSagas,
  outboxStreams,
];
