import { type Options, Sequelize } from 'sequelize';

/** How long a program waits for its database. */
export interface DatabaseLimits {
  /** For a free connection of the pool, in milliseconds. */
  acquireMs: number;
  /** For a new connection, in milliseconds. */
  connectMs: number;
  /**
   * For a lock on a row, or on a table (a backup's, or a change of the schema), in seconds: longer than any hand-over, and than two orders one behind the other that wait for their
   * payment provider in vain; shorter than the timeout of a client.
   */
  lockWaitSeconds: number;
}

const readCommitted = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED';

const usualLimits: DatabaseLimits = { acquireMs: 5_000, connectMs: 3_000, lockWaitSeconds: 8 };

/** @param patience how many times as long as usual a program waits */
export function databaseLimits(patience: number): DatabaseLimits {
  const { acquireMs, connectMs, lockWaitSeconds } = usualLimits;
  return {
    acquireMs: acquireMs * patience,
    connectMs: connectMs * patience,
    lockWaitSeconds: Math.ceil(lockWaitSeconds * patience),
  };
}

/** For commands that somebody started and that no client waits for: a database that is slow to answer is no reason to fail. */
export const patientLimits: DatabaseLimits = { acquireMs: 60_000, connectMs: 30_000, lockWaitSeconds: 60 };

/**
 * Opens a pool to one schema. Nothing is sent before the first query.
 * @param url `mysql://user:password@host:port/schema`
 * @param poolSize most connections that are open at once
 */
export function connectDatabase(
  url: string,
  poolSize = 20,
  { acquireMs, connectMs, lockWaitSeconds }: DatabaseLimits = usualLimits,
): Sequelize {
  return new Sequelize(url, {
    dialect: 'mysql',
    logging: false,
    timezone: '+00:00',
    pool: { max: poolSize, min: 0, acquire: acquireMs, idle: 30_000 },
    // Without `trace` the driver takes no stack trace for each statement; Sequelize takes one already.
    dialectOptions: { connectTimeout: connectMs, supportBigNumbers: true, trace: false },
    define: { timestamps: false, freezeTableName: true, underscored: true },
    hooks: {
      // Said once per connection: told of it, Sequelize would say it before every transaction.
      afterConnect: async (connection) => {
        await run(
          connection,
          `SET SESSION innodb_lock_wait_timeout = ${lockWaitSeconds}, lock_wait_timeout = ${lockWaitSeconds}`,
        );
        await run(connection, readCommitted);
      },
    },
  });
}

/**
 * Opens a small pool to the same schema whose statements wait for a lock on a table as long as it takes: for migrations,
 * since a step that stops half-way can't be run again.
 */
export function connectPatiently(database: Sequelize): Sequelize {
  const { config, options } = database as Sequelize & { options: Options };
  return new Sequelize(config.database, config.username, config.password ?? undefined, {
    ...options,
    pool: { ...options.pool, max: 2 },
    hooks: { afterConnect: (connection) => run(connection, readCommitted) },
  });
}

function run(connection: unknown, sql: string): Promise<void> {
  const { query } = connection as { query(sql: string, done: (error: Error | null) => void): void };
  return new Promise((resolve, reject) => {
    query.call(connection, sql, (error) => (error ? reject(error) : resolve()));
  });
}
