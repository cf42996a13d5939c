import type { Migration } from '#platform/schema/migrate-schema.js';
import * as notifications from './0001-notifications.js';
import * as outbox from './0002-outbox.js';
import * as unanswered from './0003-unanswered.js';
import * as outboxStreams from './0004-outbox-streams.js';

/** The schema of the notifications service, step by step. */
export const notificationsMigrations: readonly Migration[] = [
  notifications,
  outbox,
  unanswered,
  outboxStreams,
];
