import { describe, expect, it } from '@jest/globals';
import { tableChangedUnseen } from './judge-statement.js';

const ours = { schema: 'shop', tables: ['stock_items', 'orders'] };
const judge = (statement: string, schema = 'shop'): string | undefined =>
  tableChangedUnseen(statement, schema, ours);

describe('a statement in the log', () => {
  it.each([
    ['TRUNCATE TABLE stock_items'],
    ['truncate `shop`.`stock_items`'],
    ['/* by hand */ DROP TABLE IF EXISTS `other`, stock_items'],
    ['RENAME TABLE stock_items TO old, new TO stock_items'],
    ['ALTER TABLE stock_items RENAME TO gone'],
    ['UPDATE stock_items SET available = 0'],
    ['INSERT INTO shop.stock_items VALUES (1)'],
  ])('changes rows that the log does not show: %s', (statement) => {
    expect(judge(statement)).toBe('stock_items');
  });

  it.each([
    ['ALTER TABLE stock_items ADD COLUMN note TEXT'],
    ['ALTER TABLE stock_items RENAME COLUMN a TO b'],
    ['CREATE TABLE stock_items_copy (id INT)'],
    ['TRUNCATE TABLE stock_items_copy'],
    ['TRUNCATE TABLE inventory.stock_items'],
    ['DROP TABLE other'],
    ['SAVEPOINT `handled`'],
  ])('does not matter: %s', (statement) => {
    expect(judge(statement)).toBeUndefined();
  });

  it('does not matter when it was run in another schema', () => {
    expect(judge('TRUNCATE TABLE stock_items', 'elsewhere')).toBeUndefined();
    expect(judge('TRUNCATE TABLE shop.stock_items', 'elsewhere')).toBe('stock_items');
  });
});
