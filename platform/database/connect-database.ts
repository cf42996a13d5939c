import { Sequelize } from 'sequelize';

/**
 * Longest that a statement waits for a row lock, in seconds: longer than any hand-over, and than two orders
 * one behind the other that wait for their payment provider in vain; shorter than a client's patience.
 */
const lockWaitSeconds = 8;

/**
 * Opens a pool to one schema. Nothing is sent before the first query.
 * @param url `mysql://user:password@host:port/schema`
 * @param poolSize most connections that are open at once
 */
export function connectDatabase(url: string, poolSize = 20): Sequelize {
  return new Sequelize(url, {
    dialect: 'mysql',
    logging: false,
    timezone: '+00:00',
    pool: { max: poolSize, min: 0, acquire: 5_000, idle: 30_000 },
    // Without `trace` the driver takes no stack trace for each statement; Sequelize takes one already.
    dialectOptions: { connectTimeout: 3_000, supportBigNumbers: true, trace: false },
    define: { timestamps: false, freezeTableName: true, underscored: true },
    hooks: {
      // Said once per connection: told of it, Sequelize would say it before every transaction.
      afterConnect: async (connection) => {
        await run(connection, `SET SESSION innodb_lock_wait_timeout = ${lockWaitSeconds}`);
        await run(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
      },
    },
  });
}

function run(connection: unknown, sql: string): Promise<void> {
  const { query } = connection as { query(sql: string, done: (error: Error | null) => void): void };
  return new Promise((resolve, reject) => {
    query.call(connection, sql, (error) => (error ? reject(error) : resolve()));
  });
}
