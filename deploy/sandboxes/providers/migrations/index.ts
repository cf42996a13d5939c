import type { Migration } from '#platform/schema/migrate-schema.js';
import * as charges from './0001-charges.js';
import * as sms from './0002-sms.js';

/** The schema of the provider sandbox, step by step. */
export const providerMigrations: readonly Migration[] = [charges, sms];
