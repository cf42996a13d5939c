import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mapColumns, same } from '#contracts/strangler/map-columns.js';
import type { Move, MoveTable } from '#contracts/strangler/move.js';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { type Connection, connectMysql } from '../../database/connect-mysql.js';
import { findUnsafeTables } from '../find-unsafe-tables.js';

const comments = { table: 'comments', key: ['id'] as [string], ownedBy: 'post' };
const apart = {
  monolith: { column: 'id', increment: 2, offset: 1 },
  service: { column: 'id', increment: 2, offset: 2 },
};
const plain = 'id INT, post INT NOT NULL, words VARCHAR(50), PRIMARY KEY (id)';

interface Case {
  name: string;
  /** Statements that make the tables; `comments` is the moved one, `likes` another. */
  tables: string[];
  move?: Partial<MoveTable>;
  problem: RegExp;
  /** Statements after which nothing is wrong; the remedy's own where left out. */
  mend?: string[];
}

const cases: Case[] = [
  {
    name: 'ids that both databases make',
    tables: [`CREATE TABLE comments (${plain.replace('id INT', 'id INT AUTO_INCREMENT')})`],
    problem: /both sides make the numbers of its column id.*auto_increment_increment=2/,
    mend: ['ALTER TABLE comments MODIFY id INT'],
  },
  {
    name: 'ids that are said to be apart, and meet',
    tables: [`CREATE TABLE comments (${plain.replace('id INT', 'id INT AUTO_INCREMENT')})`],
    move: { ids: { ...apart, service: { column: 'id', increment: 3, offset: 2 } } },
    problem: /both sides make the numbers of its column id/,
    mend: ['ALTER TABLE comments MODIFY id INT'],
  },
  {
    name: 'a number besides the key that both databases make',
    tables: [
      'CREATE TABLE comments (id INT PRIMARY KEY, post INT NOT NULL, words INT AUTO_INCREMENT, KEY (words))',
    ],
    move: { ids: apart },
    problem: /both sides make the numbers of its column words/,
    mend: ['ALTER TABLE comments MODIFY words INT'],
  },
  {
    name: 'a key without the owning key, whose ids nobody vouches for',
    tables: [`CREATE TABLE comments (${plain})`],
    move: { ids: undefined as never },
    problem: /its key \(id\) does not contain post.*ids: 'unique'/,
    mend: [],
  },
  {
    name: 'a unique column without the owning key',
    tables: [`CREATE TABLE comments (${plain}, UNIQUE once (words))`],
    problem: /unique key once \(words\) does not contain post/,
    mend: ['ALTER TABLE `comments` DROP INDEX `once`, ADD UNIQUE `once` (`post`, `words`)'],
  },
  {
    name: 'a unique column that the database computes of copied ones',
    tables: [`CREATE TABLE comments (${plain}, low VARCHAR(50) AS (LOWER(words)) STORED, UNIQUE once (low))`],
    problem: /unique key once \(low\) does not contain post/,
    mend: ['ALTER TABLE `comments` DROP INDEX `once`, ADD UNIQUE `once` (`post`, `low`)'],
  },
  {
    name: 'a unique key with the beginning of the owning key',
    tables: [
      'CREATE TABLE comments (id INT PRIMARY KEY, post VARCHAR(50) NOT NULL, words VARCHAR(50), UNIQUE once (post(5), words(7)))',
    ],
    problem: /unique key once \(post, words\) does not contain all of post/,
    mend: ['ALTER TABLE `comments` DROP INDEX `once`, ADD UNIQUE `once` (`post`, `words`(7))'],
  },
  {
    name: 'a primary key with the beginning of a column',
    tables: [
      'CREATE TABLE comments (id VARCHAR(50), post INT NOT NULL, words VARCHAR(50), PRIMARY KEY (id(5)))',
    ],
    problem: /its primary key is \(id\(5\)\), the move's key is \(id\)/,
    mend: ['ALTER TABLE `comments` DROP PRIMARY KEY, ADD PRIMARY KEY (`id`)'],
  },
  ...[
    'shelf VARCHAR(64) NOT NULL, UNIQUE once (shelf)',
    "shelf VARCHAR(64) NULL DEFAULT 'none', UNIQUE once (shelf)",
    "shelf VARCHAR(64) NOT NULL DEFAULT 'none', UNIQUE once (post, shelf)",
  ].map((column) => ({
    name: `a unique column of its own that replication does not leave empty: ${column}`,
    tables: [`CREATE TABLE comments (${plain}, ${column})`],
    move: { ownColumns: { monolith: ['shelf'] } },
    problem: /unique key once .* has the column shelf, which the monolith alone has.*DEFAULT NULL/,
    mend: ['ALTER TABLE comments MODIFY shelf VARCHAR(64) NULL DEFAULT NULL'],
  })),
  {
    name: 'a unique index on the beginning of a column',
    tables: [`CREATE TABLE comments (${plain})`, 'CREATE UNIQUE INDEX begins ON comments (words(5))'],
    problem: /unique key begins/,
    mend: ['DROP INDEX begins ON comments'],
  },
  {
    name: 'rows that go with another row',
    tables: [
      'CREATE TABLE likes (id INT PRIMARY KEY)',
      `CREATE TABLE comments (${plain}, CONSTRAINT of_post FOREIGN KEY (post) REFERENCES likes (id) ON DELETE CASCADE)`,
    ],
    problem: /foreign key of_post \(ON DELETE CASCADE/,
    mend: [
      'ALTER TABLE `comments` DROP FOREIGN KEY `of_post`, ADD CONSTRAINT `of_post_restrict` FOREIGN KEY (`post`) REFERENCES `likes` (`id`)',
    ],
  },
  {
    name: 'rows that are renumbered with another row',
    tables: [
      'CREATE TABLE likes (id INT PRIMARY KEY)',
      `CREATE TABLE comments (${plain}, CONSTRAINT of_post FOREIGN KEY (post) REFERENCES likes (id) ON UPDATE CASCADE)`,
    ],
    problem: /ON UPDATE CASCADE/,
    mend: ['ALTER TABLE comments DROP FOREIGN KEY of_post'],
  },
  {
    name: 'rows of others that are emptied with it',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TABLE likes (comment INT, CONSTRAINT liked FOREIGN KEY (comment) REFERENCES comments (id) ON DELETE SET NULL)',
    ],
    problem: /those of likes are tied by the foreign key liked \(ON DELETE SET NULL/,
    mend: ['ALTER TABLE likes DROP FOREIGN KEY liked'],
  },
  {
    name: 'a trigger that writes another moved table',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TABLE likes (id INT)',
      'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW INSERT INTO `LIKES` VALUES (NEW.id)',
    ],
    problem: /its trigger t \(AFTER UPDATE\) writes likes.*DROP TRIGGER `t`/,
    mend: ['DROP TRIGGER t'],
  },
  {
    name: 'a trigger that changes the row',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TRIGGER t BEFORE INSERT ON comments FOR EACH ROW BEGIN SET @a = 1, NEW.words = TRIM(NEW.words); END',
    ],
    problem: /changes the row that is written/,
    mend: ['DROP TRIGGER t'],
  },
  {
    name: 'a trigger that calls a procedure',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE PROCEDURE p() SELECT 1 INTO @a',
      'CREATE TRIGGER t AFTER DELETE ON comments FOR EACH ROW CALL p()',
    ],
    problem: /calls a procedure/,
    mend: ['DROP TRIGGER t'],
  },
  {
    name: 'a trigger that writes a table whose trigger writes a moved one',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TABLE likes (id INT)',
      'CREATE TABLE journal (id INT)',
      'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW INSERT INTO journal VALUES (NEW.id)',
      'CREATE TRIGGER j AFTER INSERT ON journal FOR EACH ROW UPDATE likes SET id = NEW.id',
    ],
    problem: /its trigger t .* writes journal with its trigger j, which writes likes, a table that is moved/,
    mend: ['DROP TRIGGER j'],
  },
  {
    name: 'a trigger that writes a moved table over three others',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TABLE likes (id INT)',
      'CREATE TABLE journal (id INT)',
      'CREATE TABLE notes (id INT)',
      'CREATE VIEW v AS SELECT * FROM notes',
      'CREATE TRIGGER t AFTER DELETE ON comments FOR EACH ROW REPLACE journal SET id = OLD.id',
      'CREATE TRIGGER j BEFORE INSERT ON journal FOR EACH ROW INSERT IGNORE v (id) VALUES (NEW.id)',
      'CREATE TRIGGER n AFTER INSERT ON notes FOR EACH ROW DELETE l FROM journal AS j JOIN likes AS l USING (id)',
    ],
    problem:
      /journal with its trigger j, which writes the view v, which writes notes with its trigger n, which writes likes/,
    mend: ['DROP VIEW v', 'DROP TRIGGER j'],
  },
  {
    name: 'a trigger that calls a function that writes',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TABLE likes (id INT)',
      'CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC BEGIN INSERT INTO likes VALUES (a); RETURN a; END',
      'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW SET @a = CONCAT(1, f(NEW.id))',
    ],
    problem: /its trigger t .* calls the function f, which writes likes/,
    mend: ['DROP TRIGGER t'],
  },
  {
    name: 'a trigger that calls it by another function, and in back-ticks',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC BEGIN UPDATE comments SET words = a WHERE id = 0; RETURN a; END',
      'CREATE FUNCTION g(a INT) RETURNS INT READS SQL DATA RETURN 1 + `f` (a)',
      'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW BEGIN IF `g`(1) > 0 THEN SET @a = 1; END IF; END',
    ],
    problem: /calls the function g, which calls the function f, which writes comments/,
    mend: ['DROP TRIGGER t', 'DROP FUNCTION g'],
  },
  {
    name: 'a trigger that reads a view that calls a function that writes',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TABLE likes (id INT)',
      'CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC BEGIN INSERT INTO likes VALUES (a); RETURN a; END',
      'CREATE VIEW v AS SELECT f(1) AS one',
      'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW SELECT one INTO @a FROM v',
    ],
    problem: /reads the view v, which calls the function f, which writes likes/,
    mend: ['DROP VIEW v', 'DROP TRIGGER t'],
  },
  {
    name: 'a trigger that calls a procedure by a function',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE PROCEDURE p() SELECT 1 INTO @a',
      'CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC BEGIN CALL p(); RETURN a; END',
      'CREATE TRIGGER t AFTER DELETE ON comments FOR EACH ROW SET @a = f(1)',
    ],
    problem: /calls the function f, which calls a procedure, which may write/,
    mend: ['DROP TRIGGER t'],
  },
  {
    name: 'a trigger that writes a view of a moved table',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TABLE likes (id INT)',
      'CREATE VIEW v AS SELECT id AS likes FROM likes',
      'CREATE VIEW w AS SELECT * FROM v',
      'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW UPDATE LOW_PRIORITY w SET likes = 1',
    ],
    problem: /writes the view w, which writes the view v, which writes likes/,
    mend: ['DROP TRIGGER t', 'DROP VIEW w'],
  },
  {
    name: 'a trigger that calls what is not to be seen',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW SET @a = elsewhere.f(NEW.id)',
    ],
    problem: /calls elsewhere\.f, which the sidecar's account can't see: GRANT .* or let the program/,
    mend: ['DROP TRIGGER t'],
  },
  {
    name: 'a trigger that writes it in a comment that the server runs',
    tables: [
      `CREATE TABLE comments (${plain})`,
      'CREATE TABLE likes (id INT)',
      'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW BEGIN /*!50000 DELETE FROM likes WHERE id = 1; */ SET @a = 1; END',
    ],
    problem: /writes likes/,
    mend: ['DROP TRIGGER t'],
  },
  {
    name: 'a history of rows',
    tables: [`CREATE TABLE comments (${plain}) WITH SYSTEM VERSIONING`],
    problem: /keeps a history/,
    mend: ['ALTER TABLE `comments` DROP SYSTEM VERSIONING'],
  },
  {
    name: 'an engine without transactions',
    tables: [`CREATE TABLE comments (${plain}) ENGINE=MyISAM`],
    problem: /its engine MyISAM has no transactions/,
    mend: ['ALTER TABLE `comments` ENGINE=InnoDB'],
  },
  {
    name: 'a view in the place of a table',
    tables: ['CREATE VIEW comments AS SELECT 1 AS id, 2 AS post, 3 AS words'],
    problem: /it is a view/,
    mend: ['DROP VIEW comments', `CREATE TABLE comments (${plain})`],
  },
  {
    name: 'no primary key',
    tables: ['CREATE TABLE comments (id INT, post INT NOT NULL, words VARCHAR(50), UNIQUE (id, post))'],
    problem: /it has no primary key/,
    mend: ['ALTER TABLE `comments` ADD PRIMARY KEY (`id`)'],
  },
  {
    name: 'another primary key',
    tables: [`CREATE TABLE comments (${plain.replace('(id)', '(id, post)')})`],
    problem: /its primary key is \(id, post\), the move's key is \(id\)/,
    mend: ['ALTER TABLE `comments` DROP PRIMARY KEY, ADD PRIMARY KEY (`id`)'],
  },
  {
    name: 'a type that the log gives otherwise',
    tables: [`CREATE TABLE comments (${plain.replace('words VARCHAR(50)', 'words UUID')})`],
    problem: /column words has the type uuid/,
    mend: ['ALTER TABLE comments MODIFY words VARCHAR(50)'],
  },
  {
    name: 'texts in a character set that the log gives otherwise',
    tables: [`CREATE TABLE comments (${plain.replace('VARCHAR(50)', 'VARCHAR(50) CHARACTER SET ucs2')})`],
    problem: /character set ucs2/,
    mend: ['ALTER TABLE comments MODIFY words VARCHAR(50) CHARACTER SET utf8mb4'],
  },
  {
    name: 'a compressed column',
    tables: [`CREATE TABLE comments (${plain.replace('VARCHAR(50)', 'VARCHAR(50) COMPRESSED')})`],
    problem: /COMPRESSED/,
    mend: ['ALTER TABLE comments MODIFY words VARCHAR(50)'],
  },
  {
    name: 'a column that the move does not name',
    tables: [`CREATE TABLE comments (${plain}, source VARCHAR(10))`],
    problem: /its column source is not in the move.*ownColumns/,
    mend: ['ALTER TABLE comments DROP COLUMN source'],
  },
  {
    name: 'a column that is not there',
    tables: ['CREATE TABLE comments (id INT PRIMARY KEY, post INT NOT NULL)'],
    problem: /it has no column words/,
    mend: ['ALTER TABLE comments ADD words VARCHAR(50)'],
  },
  {
    name: 'a column that the database computes',
    tables: ['CREATE TABLE comments (id INT PRIMARY KEY, post INT NOT NULL, words INT AS (id + 1))'],
    problem: /its column words is computed/,
    mend: ['ALTER TABLE comments DROP COLUMN words, ADD words INT'],
  },
];

describe('a table that can not be replicated exactly', () => {
  let connection: Connection;
  let drop: () => Promise<unknown>;

  beforeAll(async () => {
    const database = await createTestDatabase('unsafe');
    connection = await connectMysql(database.url);
    drop = () => database.drop();
  });
  afterAll(async () => {
    connection.destroy();
    await drop();
  });

  async function make(statements: readonly string[]): Promise<void> {
    await connection.query('SET foreign_key_checks = 0');
    await connection.query('DROP VIEW IF EXISTS comments').catch(() => undefined);
    await connection.query('DROP VIEW IF EXISTS v, w');
    await connection.query('DROP TABLE IF EXISTS comments, likes, journal, notes');
    for (const name of ['f', 'g']) await connection.query(`DROP FUNCTION IF EXISTS ${name}`);
    await connection.query('DROP PROCEDURE IF EXISTS p');
    for (const statement of statements) await connection.query(statement);
  }

  async function find(more: Partial<MoveTable> = {}): Promise<string[]> {
    const table: MoveTable = {
      monolith: comments,
      service: comments,
      ids: 'unique',
      ...mapColumns(same('id', 'post', 'words')),
      ...more,
    };
    const move: Move = { capability: 'any', tables: [table] };
    const unsafe = await findUnsafeTables(connection, move, 'monolith', ['comments', 'likes']);
    return unsafe.map(({ table: name, problem, remedy }) => `${name}: ${problem}: ${remedy}`);
  }

  it.each(cases)('is named, with what mends it: $name', async ({ tables, move, problem, mend }) => {
    await make(tables);
    const found = await find(move);
    expect(found).toEqual([expect.stringMatching(problem)]);
    const promised = (mend ?? []).filter((statement) => statement.includes('`'));
    expect(promised.filter((statement) => !found[0]?.includes(statement))).toEqual([]);
    for (const statement of mend ?? []) await connection.query(statement);
    expect(await find({ ...move, ...('ids' in (move ?? {}) ? { ids: apart } : {}) })).toEqual([]);
  });

  it.each<[string, string[], Partial<MoveTable>]>([
    [
      'ids kept apart',
      [`CREATE TABLE comments (${plain.replace('id INT', 'id INT AUTO_INCREMENT')})`],
      { ids: apart },
    ],
    ['a unique key with the owning key', [`CREATE TABLE comments (${plain}, UNIQUE (words, post))`], {}],
    [
      'a unique column of its own',
      [`CREATE TABLE comments (${plain}, shelf VARCHAR(64) NULL UNIQUE)`],
      { ownColumns: { monolith: ['shelf'] } },
    ],
    [
      'a unique number of its own that the database makes',
      [`CREATE TABLE comments (${plain}, shelf INT NOT NULL AUTO_INCREMENT UNIQUE)`],
      { ownColumns: { monolith: ['shelf'] } },
    ],
    [
      'a unique key that contains the primary one',
      [`CREATE TABLE comments (${plain}, UNIQUE (words, id))`],
      {},
    ],
    [
      'a foreign key that does nothing by itself',
      [
        'CREATE TABLE likes (id INT PRIMARY KEY)',
        `CREATE TABLE comments (${plain}, FOREIGN KEY (post) REFERENCES likes (id) ON DELETE RESTRICT ON UPDATE NO ACTION)`,
      ],
      {},
    ],
    [
      'a trigger that only refuses',
      [
        `CREATE TABLE comments (${plain})`,
        "CREATE TRIGGER t BEFORE UPDATE ON comments FOR EACH ROW IF NEW.words = 'insert into likes' THEN SIGNAL SQLSTATE '45000'; END IF",
      ],
      {},
    ],
    [
      'a trigger that writes a table that stays',
      [
        `CREATE TABLE comments (${plain})`,
        'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW INSERT INTO journal VALUES (NEW.id)',
      ],
      {},
    ],
    [
      'a trigger that reads a moved table, and writes one that stays',
      [
        `CREATE TABLE comments (${plain})`,
        'CREATE TABLE likes (id INT)',
        'CREATE TABLE journal (id INT, likes INT)',
        'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW INSERT INTO journal (id, likes) SELECT c.id, likes.id FROM comments c, likes ON DUPLICATE KEY UPDATE likes = 1',
      ],
      {},
    ],
    [
      'triggers that go in a circle, and functions and views that write nothing',
      [
        `CREATE TABLE comments (${plain})`,
        'CREATE TABLE journal (id INT)',
        'CREATE TABLE notes (id INT)',
        'CREATE VIEW v AS SELECT id FROM comments',
        "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN (SELECT MAX(id) + REPLACE(a, '1', '2') FROM v)",
        'CREATE TRIGGER t AFTER UPDATE ON comments FOR EACH ROW INSERT INTO journal VALUES (f(NEW.id))',
        'CREATE TRIGGER j AFTER INSERT ON journal FOR EACH ROW UPDATE notes SET id = f(NEW.id)',
        'CREATE TRIGGER n AFTER UPDATE ON notes FOR EACH ROW DELETE FROM journal WHERE id = OLD.id',
      ],
      {},
    ],
    ['a computed column', [`CREATE TABLE comments (${plain}, double_id INT AS (id * 2) STORED)`], {}],
  ])('is not one with %s', async (_, tables, move) => {
    await make(tables);
    expect(await find(move)).toEqual([]);
  });
});
