const name = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const instant = 'DATETIME(3) NOT NULL';

/** How far the parts of this database are retired: one row for each that is not simply in use. */
export const retirementTable = 'strangler_retirement';
/** What the program on this database was asked last, by endpoint. */
export const usesTable = 'strangler_uses';
/** Instances of that program, and which parts they have closed. */
export const instancesTable = 'strangler_instances';

/**
 * By these tables the program and the sidecar on one database understand each other. Each statement may run any number of
 * times; whoever comes first makes them.
 */
export const retirementTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ${retirementTable} (
     capability ${name} PRIMARY KEY,
     state ${name} NOT NULL,
     lives_at VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
     changed_at ${instant}
   )`,
  `CREATE TABLE IF NOT EXISTS ${usesTable} (
     capability ${name} NOT NULL,
     endpoint VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     used_at ${instant},
     PRIMARY KEY (capability, endpoint)
   )`,
  `CREATE TABLE IF NOT EXISTS ${instancesTable} (
     instance ${name} PRIMARY KEY,
     started_at ${instant},
     seen_at ${instant},
     closed VARCHAR(2000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
   )`,
];
