import { describe, expect, it } from '@jest/globals';
import { transactionStatement } from './transaction-statement.js';

describe('a statement of a transaction in the log', () => {
  it.each([
    ['BEGIN', { kind: 'begin' }],
    ['COMMIT', { kind: 'commit' }],
    ['commit work and chain', { kind: 'commit' }],
    ['ROLLBACK', { kind: 'rollback' }],
    ['/* all of it */ rollback AND CHAIN', { kind: 'rollback' }],
    ['SAVEPOINT `Odd ``name`', { kind: 'savepoint', name: 'odd `name' }],
    ['savepoint SAVEPOINT', { kind: 'savepoint', name: 'savepoint' }],
    ['ROLLBACK TO a', { kind: 'rollback-to', name: 'a' }],
    ['ROLLBACK TO SAVEPOINT A', { kind: 'rollback-to', name: 'a' }],
    ['rollback /* x */ work -- y\nto savepoint `A`', { kind: 'rollback-to', name: 'a' }],
    ['ROLLBACK TO savepoint', { kind: 'rollback-to', name: 'savepoint' }],
    ['SET STATEMENT max_statement_time=1 FOR ROLLBACK TO a', { kind: 'rollback-to', name: 'a' }],
  ])('is read: %s', (sql, expected) => {
    expect(transactionStatement(sql)).toEqual(expected);
  });

  it.each([['BEGIN NOT ATOMIC DELETE FROM t; END'], ['TRUNCATE savepoint'], [''], ['RELEASE SAVEPOINT a']])(
    'is told from others: %s',
    (sql) => {
      expect(transactionStatement(sql)).toBeUndefined();
    },
  );
});
