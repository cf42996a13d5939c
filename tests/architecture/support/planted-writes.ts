/** A file of the monolith that is not there. Each function whose name begins with `faulty` writes what it may not. */
export const plantedPath = 'legacy-monolith/planted-writes.ts';

export const plantedText = `
import { DataTypes, type InferAttributes, type InferCreationAttributes, type Model, type Sequelize, type Transaction } from 'sequelize';
import { passGuard } from '#platform/database/guarded.js';
import type { Guarded } from '#platform/database/guarded.js';
import { changeIn } from '#platform/database/run-statement.js';
import { holdUnmovedKeys } from '#platform/ownership/guard-writes.js';

interface Row extends Model<InferAttributes<Row>, InferCreationAttributes<Row>> {
  paymentId: string;
}
interface OtherRow extends Model<InferAttributes<OtherRow>, InferCreationAttributes<OtherRow>> {
  productId: string;
}
const payments = (database: Sequelize) =>
  database.define<Row>('payments', { paymentId: { type: DataTypes.STRING(64), primaryKey: true } });
const products = (database: Sequelize) =>
  database.define<OtherRow>('products', { productId: { type: DataTypes.STRING(64), primaryKey: true } });

export const faulty = {
  noTransaction: (database: Sequelize) => database.query('DELETE FROM payments'),
  anyTransaction: (database: Sequelize, transaction: Transaction) =>
    database.query('UPDATE orders SET version = 2', { transaction }),
  anyConnection: (transaction: Transaction) => changeIn(transaction, 'INSERT INTO stock_items VALUES (?)', [1]),
  otherCapability: (database: Sequelize, transaction: Guarded<'orders'>) =>
    database.query('REPLACE INTO payments VALUES (1)', { transaction }),
  perhapsGuarded: (database: Sequelize, transaction?: Guarded<'payments'>) =>
    database.query('DELETE FROM payments', { ...(transaction ? { transaction } : {}) }),
  guardedBeside: (database: Sequelize, transaction: Guarded<'payments'>) =>
    Promise.all([database.query('DELETE FROM payments'), changeIn(transaction, 'SELECT 1')]),
  joined: (database: Sequelize) => database.query('UPDATE customers JOIN orders USING (customer_id) SET version = 2'),
  deletedByAlias: (database: Sequelize) => database.query('DELETE o FROM orders AS o WHERE 1'),
  afterAnother: (database: Sequelize) => database.query('SELECT 1; TRUNCATE TABLE \`payments\`'),
  put: (database: Sequelize) => database.query('DELETE FROM ' + 'payments'),
  lowerCase: (database: Sequelize) => database.query('insert ignore into payments values (1)'),
  kept: 'UPDATE payments SET version = 2',
  anyName: (database: Sequelize, table: string) => database.query(\`DELETE FROM \${table}\`),
  someName: (database: Sequelize, capability: string, name: \`\${string}_idempotency\`) =>
    database.query(\`DELETE FROM \${name} WHERE \${capability}\`),
  oneName: (transaction: Transaction, name: 'products' | 'payments') => changeIn(transaction, \`INSERT INTO \${name} VALUES (1)\`),
  created: (database: Sequelize) => payments(database).create({ paymentId: '1' }),
  createdInAny: (database: Sequelize, transaction: Transaction) =>
    payments(database).bulkCreate([{ paymentId: '1' }], { transaction }),
  createdInOther: (database: Sequelize, transaction: Guarded<'orders'>) =>
    payments(database).upsert({ paymentId: '1' }, { transaction }),
  destroyed: (database: Sequelize) => payments(database).destroy({ where: {} }),
  updatedRow: (row: Row, transaction: Transaction) => row.update({ paymentId: '2' }, { transaction }),
  savedRow: (row: Row) => row.save(),
  inserted: (database: Sequelize) => database.getQueryInterface().bulkInsert('payments', [{}]),
};

export const forged = {
  passed: (transaction: Transaction) => passGuard('payments', transaction),
  asserted: (transaction: Transaction) => transaction as Guarded<'payments'>,
  assertedMore: (transaction: Guarded<'orders'>) => transaction as Guarded<'orders' | 'payments'>,
  unmoved: (transaction: Transaction) => holdUnmovedKeys('payments', [], transaction),
};

export const innocent = {
  guarded: (database: Sequelize, transaction: Guarded<'payments'>) =>
    database.query('DELETE FROM payments', { replacements: [], transaction }),
  guardedTwice: (transaction: Guarded<'orders' | 'payments'>) => changeIn(transaction, 'UPDATE payments SET version = 2'),
  guardedMore: (transaction: Guarded<'payments'> & Guarded<'orders'>) => changeIn(transaction, 'UPDATE orders SET version = 2'),
  someGuard: (transaction: Guarded<string>, name: \`\${string}_idempotency\`) => changeIn(transaction, \`DELETE FROM \${name}\`),
  created: (database: Sequelize, transaction: Guarded<'payments'>) =>
    payments(database).create({ paymentId: '1' }, { transaction }),
  updatedRow: (row: Row, transaction: Guarded<'payments'>) => row.update({ paymentId: '2' }, { transaction }),
  read: (database: Sequelize) => database.query('SELECT * FROM payments WHERE payment_id = 1 FOR UPDATE'),
  unmoved: (database: Sequelize) => database.query('UPDATE products SET version = 2'),
  unmovedModel: (database: Sequelize) => products(database).create({ productId: '1' }),
  unmovedKind: (database: Sequelize, name: \`\${string}_outbox\`) => database.query(\`DELETE FROM \${name}\`),
  unmovedOnes: (transaction: Transaction, name: 'products' | 'hand_over') => changeIn(transaction, \`DELETE FROM \${name}\`),
  told: 'please update the payments, set them right, and delete nothing',
  map: new Map([['payments', 1]]).delete('payments'),
};
`;

/** Names of the planted functions, by kind, with their lines. */
export function plantedFunctions(): { kind: string; name: string; from: number; to: number }[] {
  const lines = plantedText.split('\n');
  let kind = '';
  const starts = lines.flatMap((line, index) => {
    kind = /^export const (\w+)/.exec(line)?.[1] ?? kind;
    const [, name] = /^ {2}(\w+):/.exec(line) ?? [];
    return name === undefined || kind === '' ? [] : [{ kind, name, from: index + 1 }];
  });
  return starts.map((start, index) => ({ ...start, to: (starts[index + 1]?.from ?? lines.length) - 1 }));
}
