import type { Migration } from '#platform/database/migrate-schema.js';
import * as catalogue from './0001-catalogue.js';
import * as inventory from './0002-inventory.js';

/** The schema of the monolith, step by step. */
export const monolithMigrations: readonly Migration[] = [catalogue, inventory];
