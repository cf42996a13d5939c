import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { endBlockerProcedure } from '#platform/database/end-blocker.js';
import { createTestDatabase, type TestDatabase } from '../../tests/support/servers.js';
import { type Connection, connectMysql } from '../database/connect-mysql.js';
import { findDependents } from '../retirement/find-dependents.js';
import { archiveTables, dropArchives } from '../retirement/retired-tables.js';
import { moves } from './support/stock-move.js';

const [move] = moves;
const going = ['stock_items', 'answers'];
const ascii = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';

let database: TestDatabase;
let elsewhere: TestDatabase;
let connection: Connection;
/** Of the module that stays. */
let other: Connection;

const schemaOf = ({ url }: TestDatabase) => new URL(url).pathname.slice(1);

beforeAll(async () => {
  database = await createTestDatabase('dependents');
  elsewhere = await createTestDatabase('elsewhere');
  connection = await connectMysql(database.url);
  other = await createConnection(database.url);
  await other.query(`CREATE TABLE stock_items (product_id ${ascii} PRIMARY KEY, available INT)`);
  await other.query(
    `CREATE TABLE answers (answer ${ascii} PRIMARY KEY, product_id ${ascii},
       CONSTRAINT within FOREIGN KEY (product_id) REFERENCES stock_items (product_id))`,
  );
  await other.query(`CREATE TABLE order_lines (id INT PRIMARY KEY, product_id ${ascii}, sold INT)`);
});

afterAll(async () => {
  connection.destroy();
  other.destroy();
  await database.drop();
  await elsewhere.drop();
});

const found = async (tables: readonly string[] = going) =>
  (await findDependents(connection, tables)).map(({ what, advice }) => `${what}: ${advice}`);

/** What others may have built on a table: made, what is said of it, and what makes an end of it. */
const uses: [what: string, make: string, said: RegExp][] = [
  [
    'a foreign key to it',
    'ALTER TABLE order_lines ADD CONSTRAINT of_product FOREIGN KEY (product_id) REFERENCES stock_items (product_id)',
    /^the foreign key of_product of order_lines refers to stock_items: .*(?<fix>ALTER TABLE `order_lines` DROP FOREIGN KEY `of_product`)$/,
  ],
  [
    'a foreign key from it',
    'ALTER TABLE answers ADD COLUMN line INT, ADD CONSTRAINT of_line FOREIGN KEY (line) REFERENCES order_lines (id)',
    /^the foreign key of_line of answers refers to order_lines: .*(?<fix>ALTER TABLE `answers` DROP FOREIGN KEY `of_line`)$/,
  ],
  [
    'a view',
    'CREATE VIEW low_stock AS SELECT product_id FROM stock_items WHERE available < 3',
    /^the view low_stock uses stock_items: .*(?<fix>DROP VIEW `low_stock`)$/,
  ],
  [
    'a trigger of another table',
    'CREATE TRIGGER count_sold AFTER INSERT ON order_lines FOR EACH ROW UPDATE stock_items SET available = available - NEW.sold WHERE product_id = NEW.product_id',
    /^the trigger count_sold of order_lines uses stock_items: every write to order_lines .*(?<fix>DROP TRIGGER `count_sold`)$/,
  ],
  [
    'a trigger of its own that writes elsewhere',
    'CREATE TRIGGER tell AFTER INSERT ON stock_items FOR EACH ROW INSERT INTO order_lines VALUES (1, NEW.product_id, 0)',
    /^the trigger tell of stock_items does something for others: .*(?<fix>DROP TRIGGER `tell`)$/,
  ],
  [
    'a procedure',
    'CREATE PROCEDURE clear_stock() DELETE FROM `stock_items`',
    /^the procedure clear_stock uses stock_items: .*(?<fix>DROP PROCEDURE `clear_stock`)$/,
  ],
  [
    'a function',
    'CREATE FUNCTION stock_of(id VARCHAR(64)) RETURNS INT READS SQL DATA RETURN (SELECT available FROM Stock_Items WHERE product_id = id)',
    /^the function stock_of uses stock_items: .*(?<fix>DROP FUNCTION `stock_of`)$/,
  ],
  [
    'an event',
    'CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM answers',
    /^the event nightly uses answers: .*(?<fix>DROP EVENT `nightly`)$/,
  ],
];

describe('what others have built on tables that go', () => {
  it('is nothing where the tables refer to each other only', async () => {
    expect(await found()).toEqual([]);
    expect(await found([])).toEqual([]);
  });

  it.each(uses)('is named, with what makes an end of it: %s', async (_what, make, said) => {
    await other.query(make);
    const [dependent, ...others] = await found();
    expect(dependent).toMatch(said);
    expect(others).toEqual([]);
    await other.query(said.exec(dependent!)!.groups!['fix']!);
    expect(await found()).toEqual([]);
  });

  it('includes views upon views, and what stands in another schema', async () => {
    const [home, away] = [schemaOf(database), schemaOf(elsewhere)];
    await other.query('CREATE VIEW low AS SELECT product_id FROM stock_items');
    await other.query('CREATE VIEW lower_still AS SELECT product_id FROM low');
    await other.query(`CREATE VIEW \`${away}\`.report AS SELECT product_id FROM \`${home}\`.stock_items`);
    await other.query(`CREATE TABLE \`${away}\`.stock_items (id INT)`);
    await other.query(`CREATE VIEW \`${away}\`.its_own AS SELECT id FROM \`${away}\`.stock_items`);
    expect((await found()).map((text) => text.split(':')[0]).toSorted()).toEqual(
      [
        'the view low uses stock_items',
        'the view lower_still uses low',
        `the view ${away}.report uses stock_items`,
      ].toSorted(),
    );
    await other.query(`DROP VIEW low, lower_still, \`${away}\`.report`);
  });

  it('leaves out what only has a name in common', async () => {
    await other.query("CREATE VIEW words AS SELECT 'stock_items' AS answers, sold FROM order_lines");
    await other.query('CREATE TRIGGER round BEFORE INSERT ON stock_items FOR EACH ROW SET NEW.available = 1');
    expect(await found()).toEqual([]);
    await other.query('DROP VIEW words');
    await other.query('DROP TRIGGER round');
  });

  it('names what the account may not read', async () => {
    const user = `reader_${schemaOf(database).slice(-12)}`;
    await other.query('CREATE PROCEDURE hidden() SELECT 1');
    // Ours, which no sidecar may read, uses nothing that goes.
    for (const statement of endBlockerProcedure(schemaOf(database), 'mariadb')) await other.query(statement);
    await other.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'reader-password-1'`);
    await other.query(`GRANT SELECT, EXECUTE ON \`${schemaOf(database)}\`.* TO '${user}'@'%'`);
    const url = new URL(database.url);
    [url.username, url.password] = [user, 'reader-password-1'];
    const reader = await connectMysql(url.href);
    const dependents = await findDependents(reader, going);
    reader.destroy();
    await other.query(`DROP USER '${user}'@'%'`);
    await other.query('DROP PROCEDURE hidden');
    expect(dependents).toMatchObject([{ what: expect.stringContaining('procedure hidden can') }]);
  });
});

describe('tables that others have built on', () => {
  it('are neither archived nor dropped until that has ended', async () => {
    const tables = async () =>
      ((await other.query('SHOW TABLES'))[0] as object[]).map((row) => String(Object.values(row)[0]));
    await other.query('CREATE VIEW low_stock AS SELECT product_id FROM stock_items');
    await expect(archiveTables(connection, move)).rejects.toThrow(/view low_stock uses stock_items/);
    expect(await tables()).toContain('stock_items');
    await other.query('DROP VIEW low_stock');
    await archiveTables(connection, move);
    await other.query(
      'ALTER TABLE order_lines ADD CONSTRAINT late FOREIGN KEY (product_id) REFERENCES retired_stock_items (product_id)',
    );
    await expect(dropArchives(connection, move)).rejects.toThrow(/foreign key late of order_lines/);
    expect(await tables()).toContain('retired_stock_items');
    await other.query('ALTER TABLE order_lines DROP FOREIGN KEY late');
    await dropArchives(connection, move);
    expect(await tables()).toEqual(['order_lines']);
  });
});
