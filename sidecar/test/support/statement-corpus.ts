import fc from 'fast-check';

/** Statements about the table `things`, in all the ways in which people and tools write them. */
const statements = [
  'TRUNCATE {TABLE} {things}',
  'TRUNCATE {things}',
  'DELETE FROM {things} WHERE id < 3',
  'UPDATE {things} SET n = n + 1',
  'INSERT INTO {things} (id, word, n) SELECT id + 10, word, n FROM {things}',
  'REPLACE INTO {things} (id, word, n) VALUES (1, "new", 9)',
  'RENAME TABLE {things} TO {things_old}, {things_new} TO {things}',
  'ALTER TABLE {things} RENAME TO {things_old}',
  'DROP TABLE {things}',
  'DROP TABLE IF EXISTS {absent}, {things}',
  'CREATE OR REPLACE TABLE {things} (id INT PRIMARY KEY, word VARCHAR(50), n INT)',
  'CREATE TABLE IF NOT EXISTS {things} (id INT PRIMARY KEY)',
  'CREATE TABLE {things_copy} AS SELECT * FROM {things}',
  'CREATE TABLE {things_like} LIKE {things}',
  'ALTER TABLE {things} DROP PARTITION p0',
  'ALTER TABLE {things} TRUNCATE PARTITION p0',
  'ALTER TABLE {things} EXCHANGE PARTITION p0 WITH TABLE {things_swap}',
  'ALTER TABLE {things} REORGANIZE PARTITION p0 INTO (PARTITION pa VALUES LESS THAN (50), PARTITION pb VALUES LESS THAN (100))',
  'ALTER TABLE {things} REMOVE PARTITIONING',
  'ALTER TABLE {things} ADD shelf INT DEFAULT 5',
  'ALTER TABLE {things} ADD shelf INT DEFAULT 5, DROP COLUMN n',
  'ALTER TABLE {things} ADD (shelf INT, room INT)',
  'ALTER TABLE {things} DROP COLUMN n',
  'ALTER TABLE {things} MODIFY n TINYINT',
  'ALTER TABLE {things} MODIFY word VARCHAR(100)',
  'ALTER TABLE {things} CHANGE n number INT',
  'ALTER TABLE {things} RENAME COLUMN n TO number',
  'ALTER TABLE {things} ALTER COLUMN n SET DEFAULT 7',
  'ALTER TABLE {things} ADD INDEX by_word (word)',
  'ALTER IGNORE TABLE {things} ADD UNIQUE INDEX one_n (n)',
  'ALTER TABLE {things} CONVERT TO CHARACTER SET latin1',
  'ALTER TABLE {things} COMMENT = "truncate things"',
  'ALTER TABLE {things} ENGINE=InnoDB ROW_FORMAT=DYNAMIC',
  'CREATE INDEX by_n ON {things} (n)',
  'CREATE TRIGGER more AFTER INSERT ON {things} FOR EACH ROW DELETE FROM things_old',
  'CREATE VIEW {seen} AS SELECT * FROM {things}',
  'ANALYZE TABLE {things}',
  'OPTIMIZE TABLE {things}',
] as const;

const gaps = [' ', '\n', '\t', ' /* a note */ ', '/**/', ' -- the rest\n', ' # the rest\n'];

/** One statement, and how it is sent. */
export interface WrittenStatement {
  sql: string;
  /** Sent with its rows as text in the log (`binlog_format = STATEMENT`). */
  asText: boolean;
  /** Sent while another schema is in use, so that names have to be qualified. */
  fromElsewhere: boolean;
  /** Sent to tables as they were in the beginning, not as the statement before has left them. */
  afresh: boolean;
}

/** Each statement once, in any order, each written in any way. @param schema that has the tables */
export function writtenStatements(schema: string): fc.Arbitrary<WrittenStatement[]> {
  return fc
    .shuffledSubarray([...statements], { minLength: statements.length })
    .chain((all) => fc.tuple(...all.map((template) => written(template, schema))));
}

function written(template: string, schema: string): fc.Arbitrary<WrittenStatement> {
  const style = fc.record({
    gap: fc.constantFrom(...gaps),
    before: fc.constantFrom(
      '',
      '/* by hand */ ',
      '-- x\n',
      '# x\n',
      '/*!50000 */',
      'SET STATEMENT max_statement_time=30 FOR ',
    ),
    quoted: fc.boolean(),
    qualified: fc.boolean(),
    lower: fc.boolean(),
    executable: fc.boolean(),
    asText: fc.boolean(),
    fromElsewhere: fc.boolean(),
    afresh: fc.boolean(),
  });
  return style.map(({ before, gap, lower, executable, asText, fromElsewhere, afresh, ...names }) => {
    const name = (table: string): string => {
      const quoted = names.quoted ? `\`${table}\`` : table;
      return names.qualified || fromElsewhere ? `${schema}.${quoted}` : quoted;
    };
    const [verb = '', ...rest] = template.split(' ');
    const text = [executable ? `/*!${verb} */` : verb, ...rest]
      .map((word) => (lower && /^[A-Z]+$/.test(word) ? word.toLowerCase() : word))
      .join(' ')
      .replace(' ', gap)
      .replaceAll('{TABLE}', 'TABLE')
      .replaceAll(/\{(\w+)\}/g, (_, table: string) => name(table));
    return { sql: before + text, asText, fromElsewhere, afresh };
  });
}
