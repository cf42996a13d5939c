import { retirementTables } from '#platform/ownership/retirement-tables.js';

const name = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const identity = 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin';
const text = 'TEXT CHARACTER SET ascii COLLATE ascii_bin';

/**
 * The sidecar's own tables, the same beside every database. Each statement may run any number of times: a
 * column that is added may be there already.
 * `strangler_applied` is also the mark by which the capture knows a replicated transaction (`docs/decisions/0024`).
 */
export const replicationTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS strangler_origin (
     id TINYINT PRIMARY KEY,
     origin ${identity} NOT NULL
   )`,
  `INSERT IGNORE INTO strangler_origin VALUES (1, UUID())`,
  `CREATE TABLE IF NOT EXISTS strangler_heartbeat (
     id TINYINT PRIMARY KEY,
     written_at BIGINT UNSIGNED NOT NULL
   )`,
  `CREATE TABLE IF NOT EXISTS strangler_watermarks (
     capability ${name} PRIMARY KEY,
     chunk ${identity} NOT NULL,
     edge VARCHAR(4) CHARACTER SET ascii NOT NULL
   )`,
  `CREATE TABLE IF NOT EXISTS strangler_applied (
     capability ${name} PRIMARY KEY,
     chain ${identity} NOT NULL,
     seq BIGINT UNSIGNED NOT NULL,
     origin ${identity} NULL,
     gtid ${text} NULL,
     last_before ${text} NULL,
     last_committed_at BIGINT UNSIGNED NULL,
     row_offset INT UNSIGNED NOT NULL,
     log_created_at VARCHAR(40) CHARACTER SET ascii NULL,
     log_sequence BIGINT UNSIGNED NULL,
     filled TINYINT NOT NULL,
     applied_at DATETIME(3) NOT NULL
   )`,
  // For tables that are older than these columns.
  `ALTER TABLE strangler_applied ADD COLUMN last_before ${text} NULL`,
  `ALTER TABLE strangler_applied ADD COLUMN last_committed_at BIGINT UNSIGNED NULL`,
  `CREATE TABLE IF NOT EXISTS strangler_backfill (
     capability ${name} NOT NULL,
     source_table ${name} NOT NULL,
     complete TINYINT NOT NULL,
     next_after ${text} NULL,
     done_rows BIGINT UNSIGNED NOT NULL,
     estimate BIGINT UNSIGNED NOT NULL,
     started_at DATETIME(3) NOT NULL,
     finished_at DATETIME(3) NULL,
     PRIMARY KEY (capability, source_table)
   )`,
  `CREATE TABLE IF NOT EXISTS strangler_void (
     capability ${name} PRIMARY KEY,
     epoch INT UNSIGNED NOT NULL,
     changed_at DATETIME(3) NOT NULL
   )`,
  ...retirementTables,
];
