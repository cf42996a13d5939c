import type { Sequelize } from 'sequelize';
import { instanceDays } from '#contracts/strangler/retention.js';
import { isAtLeast } from '#contracts/strangler/retirement.js';
import { AppError } from '#platform/errors/app-error.js';
import { type RepeatedTask, repeatTask } from '#platform/resilience/repeat-task.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { readRetirement } from './read-retirement.js';
import { instancesTable, usesTable } from '../ownership/retirement-tables.js';

/** Which parts of a program are retired, as one instance of it knows. */
export interface Retirement {
  /** Whether this part is still to do its work. */
  inUse(capability: string): boolean;
  /**
   * Notes that an endpoint is asked, so that everybody can see whether it still is.
   * @throws AppError `gone` (410) when its part is closed, saying where it lives now
   */
  enter(capability: string, endpoint: string): void;
  /** Follows what the database says, and tells there what was asked and what is closed here. */
  following: RepeatedTask;
}

/** Milliseconds between two looks at the database. */
const lookEvery = 1_000;

/**
 * Reads which parts of this program are retired; resolves once that is known, so that nothing is answered before.
 * Every instance follows the same rows, and says in its own row what it has closed.
 * @param instance unique to this run of the program
 */
export async function followRetirement(
  database: Sequelize,
  instance: string,
  logger: Logger,
): Promise<Retirement> {
  let closed: ReadonlyMap<string, string> = new Map();
  const asked = new Map<string, { capability: string; endpoint: string; at: Date }>();

  async function look(): Promise<void> {
    const parts = await readRetirement(database);
    const now = new Map(
      parts
        .filter(({ state }) => isAtLeast(state, 'closed'))
        .map(({ capability, livesAt }) => [capability, livesAt] as const),
    );
    for (const capability of new Set([...now.keys(), ...closed.keys()]))
      if (now.has(capability) !== closed.has(capability))
        logger.warn({ capability }, `${capability} is ${now.has(capability) ? 'closed' : 'open again'} here`);
    closed = now;
    await tell(database, instance, [...closed.keys()]);
    await noteUses();
  }

  async function noteUses(): Promise<void> {
    for (const [key, use] of asked) {
      await database.query(
        `INSERT INTO ${usesTable} (capability, endpoint, used_at) VALUES (?, ?, ?)
         ON DUPLICATE KEY UPDATE used_at = GREATEST(used_at, VALUES(used_at))`,
        { replacements: [use.capability, use.endpoint, use.at] },
      );
      // What was asked meanwhile is a later use, and still to be told.
      if (asked.get(key) === use) asked.delete(key);
    }
  }

  const following = repeatTask('follow what is retired', lookEvery, look, logger);
  await look();
  await database.query(
    `DELETE FROM ${instancesTable} WHERE started_at < UTC_TIMESTAMP(3) - INTERVAL ${instanceDays} DAY
       AND seen_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY`,
  );
  return {
    inUse: (capability) => !closed.has(capability),
    enter(capability, endpoint) {
      asked.set(`${capability} ${endpoint}`, { capability, endpoint, at: new Date() });
      const livesAt = closed.get(capability);
      if (livesAt !== undefined) throw gone(capability, livesAt);
    },
    following: {
      ...following,
      async stop() {
        await following.stop();
        await sayGoodbye(database, instance);
      },
    },
  };
}

function tell(database: Sequelize, instance: string, closed: readonly string[]): Promise<unknown> {
  return database.query(
    `INSERT INTO ${instancesTable} (instance, started_at, seen_at, closed)
     VALUES (?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), ?)
     ON DUPLICATE KEY UPDATE seen_at = VALUES(seen_at), closed = VALUES(closed)`,
    { replacements: [instance, closed.join(',')] },
  );
}

/** One that has ended is waited for no longer. */
function sayGoodbye(database: Sequelize, instance: string): Promise<unknown> {
  return database.query(
    `UPDATE ${instancesTable} SET seen_at = started_at - INTERVAL 1 DAY WHERE instance = ?`,
    {
      replacements: [instance],
    },
  );
}

function gone(capability: string, livesAt: string): AppError {
  return new AppError(
    'gone',
    `The ${capability} endpoints are not here any more: they are answered by ${livesAt}. Ask the gateway, which knows the way`,
  );
}
