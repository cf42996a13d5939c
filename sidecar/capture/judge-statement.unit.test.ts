import { describe, expect, it } from '@jest/globals';
import { judgeStatement } from './judge-statement.js';
import type { StatementEffect } from './statement-effect.js';

const moved = {
  schema: 'shop',
  columns: new Map([
    ['stock_items', ['sku', 'available', 'reserved']],
    ['orders', ['order_id', 'status']],
  ]),
  behindTriggers: new Set<string>(),
};
const judge = (statement: string, schema = 'shop'): StatementEffect | undefined =>
  judgeStatement(statement, schema, moved);

describe('a statement in the log', () => {
  it.each([
    ['TRUNCATE TABLE stock_items'],
    ['truncate `shop`.`stock_items`'],
    ['TRUNCATE"shop"."stock_items"'],
    ['-- x\nTRUNCATE TABLE stock_items'],
    ['# x\nTRUNCATE stock_items'],
    ['#\n-- y\n/* z */ TRUNCATE stock_items'],
    ['TRUNCATE/**/stock_items'],
    ['/*!50000 TRUNCATE */ /*M! TABLE */ stock_items'],
    ['/* by hand */ DROP TABLE IF EXISTS `other`, stock_items'],
    ['SET STATEMENT max_statement_time=5, sql_log_bin=1 FOR DROP TABLE stock_items'],
    ['RENAME TABLE stock_items TO old, new TO stock_items'],
    ['rename /* gh-ost */ table shop.stock_items to shop._del, shop._gho to shop.stock_items'],
    ['UPDATE stock_items SET available = 0'],
    ['WITH gone AS (SELECT 1) DELETE FROM stock_items'],
    ["LOAD DATA INFILE 'x' INTO TABLE stock_items"],
    ['INSERT INTO shop.stock_items VALUES (1)'],
    ["INSERT INTO other VALUES ('\\''), ('x'); DELETE FROM stock_items -- ')"],
    ["INSERT INTO other VALUES ('\\'); DELETE FROM stock_items; -- ')"],
    ['CREATE OR REPLACE TABLE stock_items (id INT)'],
    ['CREATE OR REPLACE TABLE IF NOT EXISTS stock_items (id INT)'],
    ['CREATE TABLE stock_items (id INT)'],
    ['SELECT 1; TRUNCATE stock_items'],
    ['HANDLE stock_items IN SOME NEW WAY'],
    ['DROP DATABASE IF EXISTS `Shop`'],
    ['DROP SCHEMA shop'],
    ['ALTER TABLE stock_items RENAME TO gone'],
    ['ALTER TABLE stock_items RENAME gone'],
    ['ALTER TABLE stock_items ADD COLUMN note TEXT, RENAME AS gone'],
    ['ALTER IGNORE TABLE stock_items ADD UNIQUE (available)'],
    ['ALTER TABLE stock_items DROP PARTITION p0'],
    ['ALTER TABLE stock_items ENGINE=InnoDB, TRUNCATE PARTITION p0'],
    ['ALTER TABLE stock_items WAIT 5 DROP PARTITION p0'],
    ['ALTER TABLE stock_items NOWAIT DROP COLUMN reserved'],
    ['ALTER TABLE other EXCHANGE PARTITION p0 WITH TABLE stock_items'],
    ['ALTER TABLE stock_items CONVERT PARTITION p0 TO TABLE gone'],
    ['ALTER TABLE stock_items DISCARD TABLESPACE'],
    ['ALTER TABLE stock_items MODIFY available TINYINT'],
    ['ALTER TABLE stock_items modify column `Available` TINYINT'],
    ['ALTER TABLE stock_items CHANGE available free INT'],
    ['ALTER TABLE stock_items CHANGE shelf available INT'],
    ['ALTER TABLE stock_items RENAME COLUMN available TO free'],
    ['ALTER TABLE stock_items RENAME COLUMN shelf TO available'],
    ['ALTER TABLE stock_items ADD (shelf INT, available INT)'],
    ['ALTER TABLE stock_items ADD IF NOT EXISTS available INT'],
    ['ALTER TABLE stock_items DROP available'],
    ['ALTER TABLE stock_items CONVERT TO CHARACTER SET latin1'],
    ['ALTER TABLE stock_items /*!99999 COMMENT = */ DROP PARTITION p0'],
  ])('changes rows that the log does not show: %s', (statement) => {
    expect(judge(statement)).toMatchObject({ kind: 'changed' });
  });

  it.each([
    ['ALTER TABLE stock_items ADD COLUMN note TEXT AFTER available'],
    ['ALTER TABLE stock_items ADD shelf VARCHAR(64) NULL UNIQUE'],
    ['ALTER ONLINE TABLE IF EXISTS shop.stock_items ADD (a INT, b INT), ALGORITHM=INPLACE, LOCK = NONE'],
    ['ALTER TABLE stock_items RENAME COLUMN a TO b'],
    ['ALTER TABLE stock_items DROP COLUMN IF EXISTS note, ADD INDEX (available)'],
    ['ALTER TABLE stock_items MODIFY note VARCHAR(10) AFTER reserved'],
    ['ALTER TABLE stock_items ALTER COLUMN available SET DEFAULT 5'],
    ["ALTER TABLE stock_items COMMENT='DROP PARTITION p0' ENGINE=InnoDB"],
    ['ALTER TABLE stock_items DROP PRIMARY KEY, ADD PRIMARY KEY (sku, shelf)'],
    ['ALTER TABLE stock_items PARTITION BY KEY (sku) PARTITIONS 4'],
    ['CREATE UNIQUE INDEX one ON stock_items (available)'],
    ['DROP INDEX one ON stock_items'],
    ['CREATE DEFINER=`a`@`b` TRIGGER t AFTER UPDATE ON stock_items FOR EACH ROW DELETE FROM orders'],
    ['CREATE TRIGGER t AFTER UPDATE ON other FOR EACH ROW BEGIN DELETE FROM orders; SET @a = 1; END'],
  ])('asks for another look at the table: %s', (statement) => {
    expect(judge(statement)).toMatchObject({ kind: 'redefined' });
  });

  it.each([
    ['CREATE TABLE stock_items_copy (id INT)'],
    ['CREATE TABLE copy LIKE stock_items'],
    ['CREATE TABLE child (id INT, FOREIGN KEY (id) REFERENCES stock_items (sku) ON DELETE CASCADE)'],
    ['ALTER TABLE child ADD FOREIGN KEY (id) REFERENCES shop.stock_items (sku)'],
    ['CREATE TABLE IF NOT EXISTS stock_items (id INT)'],
    ['CREATE TEMPORARY TABLE stock_items (id INT)'],
    ['DROP TEMPORARY TABLE IF EXISTS stock_items'],
    ['CREATE VIEW v AS SELECT * FROM stock_items'],
    ['CREATE PROCEDURE p() BEGIN DELETE FROM stock_items; TRUNCATE stock_items; END'],
    ['DROP PROCEDURE stock_items'],
    ['ANALYZE TABLE stock_items'],
    ['GRANT SELECT ON shop.stock_items TO reader'],
    ['TRUNCATE TABLE stock_items_copy'],
    ['TRUNCATE TABLE inventory.stock_items'],
    ['TRUNCATE TABLE `inventory` . `stock_items`'],
    ["INSERT INTO notes VALUES ('TRUNCATE stock_items')"],
    ['DELETE FROM notes -- stock_items'],
    ['DROP TABLE other'],
    ['DROP DATABASE shop_old'],
    ['SAVEPOINT `stock_items`'],
  ])('does not matter: %s', (statement) => {
    expect(judge(statement)).toBeUndefined();
  });

  it('does not matter when it was run in another schema', () => {
    expect(judge('TRUNCATE TABLE stock_items', 'elsewhere')).toBeUndefined();
    expect(judge('TRUNCATE TABLE shop.stock_items', 'elsewhere')).toMatchObject({ kind: 'changed' });
  });

  const reaching = {
    ...moved,
    behindTriggers: new Set(['journal', 'note_it', 'notes_view', 'orders', 'if']),
  };

  it.each([
    ['CREATE TRIGGER t AFTER INSERT ON journal FOR EACH ROW SET @a = 1'],
    ['CREATE OR REPLACE DEFINER=`a`@`b` TRIGGER t BEFORE DELETE ON audit.`Journal` FOR EACH ROW BEGIN END'],
    ['CREATE FUNCTION note_it(a INT) RETURNS INT RETURN a'],
    ['CREATE AGGREGATE FUNCTION IF NOT EXISTS shop.NOTE_IT () RETURNS INT BEGIN END'],
    ['ALTER ALGORITHM=MERGE VIEW notes_view AS SELECT 1'],
    ['CREATE OR REPLACE VIEW notes_view (a) AS SELECT 1'],
    ['RENAME TABLE audited TO x, other TO journal'],
    ['ALTER TABLE audited RENAME TO journal'],
  ])('asks for another look where the tables have triggers that reach what it defines: %s', (statement) => {
    expect(judgeStatement(statement, 'shop', reaching)).toMatchObject({ kind: 'redefined' });
    expect(judge(statement)).toBeUndefined();
  });

  it.each([
    ['CREATE FUNCTION other(journal INT) RETURNS INT BEGIN IF journal THEN RETURN note_it(1); END IF; END'],
    ['CREATE VIEW v AS SELECT * FROM notes_view'],
    ['CREATE PROCEDURE journal() SELECT 1'],
    ['CREATE TRIGGER t AFTER INSERT ON other FOR EACH ROW INSERT INTO journal VALUES (1)'],
    ['CREATE TABLE journal (id INT)'],
    ['INSERT INTO journal VALUES (1)'],
  ])('does not matter to triggers that reach something else: %s', (statement) => {
    expect(judgeStatement(statement, 'shop', reaching)).toBeUndefined();
  });

  it('changes the rows of a table that a trigger reads, as it does without', () => {
    expect(judgeStatement('RENAME TABLE orders TO journal', 'shop', reaching)).toMatchObject({
      kind: 'changed',
    });
  });
});
