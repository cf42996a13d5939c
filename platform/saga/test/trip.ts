import { DataTypes, QueryTypes, type Sequelize } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';
import type { Saga, StepContext } from '../saga.js';

/** A journey that is booked in several places: remote ones are a table of what was booked under which step key. */
export interface Trip {
  traveller: string;
  card: string;
  ticket?: string;
}

export const stepNames = ['open trip', 'book flight', 'book hotel', 'confirm trip', 'send tickets'] as const;
export type StepName = (typeof stepNames)[number];

/** Tables of the traveller's own service (`trips`) and of those that it books with (`bookings`). */
export async function createTripTables(database: Sequelize): Promise<void> {
  const schema = database.getQueryInterface();
  const id = { type: DataTypes.STRING(200), primaryKey: true };
  await schema.createTable('trips', { id, status: DataTypes.STRING(20), changes: DataTypes.INTEGER });
  await schema.createTable('bookings', { id, state: DataTypes.STRING(20) });
}

/** What a test makes of a step: called before the participant does its work, and after. */
export interface Interference {
  /** Of each call. */
  timeoutMs: number;
  patienceMs: number;
  before(
    step: StepName,
    action: 'run' | 'ask' | 'compensate',
    context: StepContext<Trip>,
  ): Promise<void> | void;
  after(
    step: StepName,
    action: 'run' | 'ask' | 'compensate',
    context: StepContext<Trip>,
  ): Promise<void> | void;
}

export const refusal = (message: string) => new AppError('insufficient_stock', message);

/** The steps of a trip, each of which a test can interfere with. */
export function tripSaga(
  database: Sequelize,
  { timeoutMs, patienceMs, before, after }: Interference,
): Saga<Trip> {
  const query = (sql: string, replacements: unknown[]) => database.query(sql, { replacements });

  function remote(name: StepName) {
    const act = (action: 'run' | 'compensate', work: (key: string) => Promise<void>) => ({
      [action]: async (context: StepContext<Trip>) => {
        await before(name, action, context);
        await work(context.stepKey);
        await after(name, action, context);
      },
    });
    return {
      ...{ name, kind: 'remote' as const, timeoutMs, patienceMs },
      run: act('run', async (key) => {
        await query("INSERT INTO bookings VALUES (?, 'booked') ON DUPLICATE KEY UPDATE id = id", [key]);
        if ((await stateOf(key)) === 'closed') throw refusal('cancelled before');
      })['run']!,
      compensate: act('compensate', (key) =>
        query("INSERT INTO bookings VALUES (?, 'closed') ON DUPLICATE KEY UPDATE state = 'closed'", [
          key,
        ]).then(() => undefined),
      )['compensate']!,
      ask: async (context: StepContext<Trip>) => {
        await before(name, 'ask', context);
        const state = await stateOf(context.stepKey);
        await after(name, 'ask', context);
        return { outcome: state === 'booked' ? ('done' as const) : ('not-done' as const) };
      },
    };
  }

  async function stateOf(key: string): Promise<string | undefined> {
    const [row] = await database.query<{ state: string }>('SELECT state FROM bookings WHERE id = ?', {
      replacements: [key],
      type: QueryTypes.SELECT,
    });
    return row?.state;
  }

  const { compensate: _compensate, ...sendTickets } = remote('send tickets');
  return {
    name: 'trip',
    isRefusal: (error) => error instanceof AppError && error.code === 'insufficient_stock',
    forget: ['card'],
    steps: [
      {
        ...{ name: 'open trip', kind: 'local' },
        run: async ({ sagaId }, transaction) => {
          await database.query("INSERT INTO trips VALUES (?, 'open', 1)", {
            replacements: [sagaId],
            transaction,
          });
        },
        compensate: async (context, transaction) => {
          await before('open trip', 'compensate', context);
          await change(context.sagaId, 'rejected', transaction);
        },
      },
      remote('book flight'),
      remote('book hotel'),
      {
        ...{ name: 'confirm trip', kind: 'local', pivot: true },
        run: async (context, transaction) => {
          await before('confirm trip', 'run', context);
          await change(context.sagaId, 'confirmed', transaction);
          return { ticket: 'T-1' };
        },
      },
      sendTickets,
    ],
  };

  async function change(
    id: string,
    status: string,
    transaction: Parameters<Saga<Trip>['steps'][0]['run']>[1],
  ) {
    await database.query('UPDATE trips SET status = ?, changes = changes + 1 WHERE id = ?', {
      replacements: [status, id],
      transaction: transaction!,
    });
  }
}

/** What became of a trip, everywhere. */
export async function outcomeOf(database: Sequelize, sagaId: string) {
  const select = async <Row extends object>(sql: string) =>
    (await database.query<Row>(sql, { replacements: [sagaId], type: QueryTypes.SELECT }))[0];
  const bookings = await database.query<{ id: string; state: string }>(
    'SELECT id, state FROM bookings WHERE id LIKE ? ORDER BY id',
    { replacements: [`${sagaId}/%`], type: QueryTypes.SELECT },
  );
  return {
    saga: (await select<{ status: string }>('SELECT status FROM sagas WHERE saga_id = ?'))?.status,
    trip: await select<{ status: string; changes: number }>('SELECT status, changes FROM trips WHERE id = ?'),
    booked: bookings.filter(({ state }) => state === 'booked').map(({ id }) => id.split('/')[1]),
  };
}

export const allDone = {
  saga: 'done',
  trip: { status: 'confirmed', changes: 2 },
  booked: ['book flight', 'book hotel', 'send tickets'],
};
export const allTakenBack = { saga: 'compensated', trip: { status: 'rejected', changes: 2 }, booked: [] };
