import { describe, expect, it } from '@jest/globals';
import { mentionedTables } from './mentioned-tables.js';

const asked = { schema: 'shop', tables: ['stock_items', 'orders'] };
const mentioned = (sql: string, home = 'shop') => mentionedTables(sql, home, asked);

describe('the tables that a text mentions', () => {
  it.each([
    ['SELECT * FROM stock_items', ['stock_items']],
    ['select `shop`.`stock_items`.`available` from `shop`.`stock_items`', ['stock_items']],
    ['UPDATE products, STOCK_ITEMS s SET s.available = 0', ['stock_items']],
    ['INSERT INTO x SELECT 1 FROM stock_items JOIN orders o ON o.id = 1', ['stock_items', 'orders']],
    ['BEGIN DELETE FROM shop . stock_items; END', ['stock_items']],
    ['SELECT stock_items.available FROM (SELECT 1) s', ['stock_items']],
    ['SELECT 1 /*! FROM stock_items */', ['stock_items']],
    ['SELECT 1 /*M! FROM stock_items */', ['stock_items']],
    ["PREPARE s FROM 'DELETE FROM stock_items WHERE 1'", ['stock_items']],
    ['SELECT `a"`, b FROM stock_items WHERE c = "`"', ['stock_items']],
    ['SELECT * FROM "stock_items"', ['stock_items']],
    ['EXECUTE IMMEDIATE CONCAT(\'DELETE FROM \', "orders")', ['orders']],
  ])('are found: %s', (sql, tables) => {
    expect(mentioned(sql)).toEqual(tables);
  });

  it.each([
    ['a longer name', 'SELECT * FROM stock_items_old, my_stock_items'],
    ['a string', "SELECT 'stock_items', 'it''s stock_items', 'a\\' stock_items'"],
    ['a comment', 'SELECT 1 -- stock_items\n # orders\n /* stock_items */'],
    ['a column of something else', 'SELECT NEW.orders, c.stock_items FROM c'],
    ['another name given', 'SELECT count(*) AS orders'],
    ['a variable', 'SET @orders = 1'],
    ["another schema's table", 'SELECT * FROM elsewhere.stock_items'],
  ])('are not taken for %s', (_what, sql) => {
    expect(mentioned(sql)).toEqual([]);
  });

  it('need their schema where the text belongs to another one', () => {
    expect(mentioned('SELECT * FROM stock_items', 'reports')).toEqual([]);
    expect(mentioned('SELECT * FROM shop.stock_items', 'reports')).toEqual(['stock_items']);
  });
});
