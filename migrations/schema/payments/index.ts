import type { Migration } from '#platform/schema/migrate-schema.js';
import * as payments from './0001-payments.js';
import * as outbox from './0002-outbox.js';
import * as outboxStreams from './0003-outbox-streams.js';

/** The schema of the payments service, step by step. */
export const paymentsMigrations: readonly Migration[] = [payments, outbox, outboxStreams];
