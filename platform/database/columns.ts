/**
 * Column types that schemas of this project agree on. Ids are compared byte by byte: the data of real shops
 * holds codes that differ in nothing but their case.
 */
export const column = {
  id: 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin',
  code: 'VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin',
  currency: 'CHAR(3) CHARACTER SET ascii COLLATE ascii_bin',
  /** UTC, in milliseconds. */
  instant: 'DATETIME(3)',
  count: 'INT UNSIGNED',
  /** Money in minor units. */
  amount: 'BIGINT',
} as const;
