import type { Migration } from '#platform/database/migrate-schema.js';
import * as notifications from './0001-notifications.js';

/** The schema of the notifications service, step by step. */
export const notificationsMigrations: readonly Migration[] = [notifications];
