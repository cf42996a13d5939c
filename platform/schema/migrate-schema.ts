import type { QueryInterface, Sequelize } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';
import type { Logger } from '#platform/telemetry/logger.js';
import { retiredCapabilities } from '#platform/retirement/read-retirement.js';
import { AppError } from '#platform/errors/app-error.js';
import { connectPatiently } from '../database/connect-database.js';

/** One step of a schema. Steps that have run anywhere are never edited: a change is a further step. */
export interface Migration {
  /** `0001-products`: number for the order, words for people. */
  name: string;
  /** Whose tables it is about, where they may be retired: then it is noted as done, and does nothing. */
  capability?: string;
  up(schema: QueryInterface): Promise<void>;
}

/** Longest wait for another instance that is migrating the same schema, in seconds. */
const lockWaitSeconds = 60;

/**
 * Brings a schema up to date. Several instances may call it at once: the first does the work, the others wait.
 * @param journal table that remembers which steps have run
 * @throws AppError `unavailable` when another instance holds the lock for longer than a minute
 */
export async function migrateSchema(
  database: Sequelize,
  migrations: readonly Migration[],
  logger: Logger,
  journal = 'schema_migrations',
): Promise<void> {
  await withSchemaLock(database, journal, async (patient) => {
    const retired = await retiredCapabilities(database);
    const passedOver = ({ name, capability }: Migration) => {
      logger.info({ step: name, capability }, 'a step has nothing to do: its tables are retired');
      return Promise.resolve();
    };
    const steps = new Umzug({
      migrations: migrations.map((step) => ({
        name: step.name,
        up: ({ context }: { context: QueryInterface }) =>
          step.capability !== undefined && retired.has(step.capability) ? passedOver(step) : step.up(context),
      })),
      context: patient.getQueryInterface(),
      storage: new SequelizeStorage({ sequelize: patient, tableName: journal }),
      logger: undefined,
    });
    const done = await steps.up();
    if (done.length > 0) logger.info({ steps: done.map((step) => step.name) }, 'schema migrated');
  });
}

/** A named lock belongs to its connection, so it is taken on one that a transaction keeps for us. */
async function withSchemaLock(
  database: Sequelize,
  journal: string,
  work: (patient: Sequelize) => Promise<void>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const name = `${database.config.database}.${journal}`.slice(-64);
    const [rows] = await database.query('SELECT GET_LOCK(?, ?) AS held', {
      replacements: [name, lockWaitSeconds],
      transaction,
    });
    if ((rows[0] as { held: number | null } | undefined)?.held !== 1) {
      throw new AppError(
        'unavailable',
        `another instance has been migrating ${name} for over a minute: look at its log`,
      );
    }
    const patient = connectPatiently(database);
    try {
      await work(patient);
    } finally {
      await patient.close();
      await database.query('SELECT RELEASE_LOCK(?)', { replacements: [name], transaction });
    }
  });
}
