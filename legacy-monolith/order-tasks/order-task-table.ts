import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';

/** Something to be done for an order about what a service may own. */
export interface OrderTask<Detail> {
  taskId: number;
  orderId: string;
  /** Which module does it, and what. */
  kind: string;
  /** What that module needs to know: plain JSON. */
  detail: Detail;
  /** How often it has been tried, this time included. */
  tries: number;
  createdAt: Date;
}

export type NewTask<Detail> = Pick<OrderTask<Detail>, 'orderId' | 'kind' | 'detail'>;

/**
 * Notes what takes something back that is about to be asked for, before it is, and beside the order's transaction:
 * whatever happens to that, the note is found, and carried out.
 * @param own connections of its own: the caller holds one already, and must not wait for a second of the same pool
 * @param abandonedAfter age at which whoever armed the task must have died, in milliseconds
 * @returns number of the task
 */
export function armTask<Detail>(
  own: Sequelize,
  task: NewTask<Detail>,
  abandonedAfter: number,
): Promise<number> {
  return insertTask(own, task, 'armed', abandonedAfter);
}

/**
 * Ends an armed task in the order's transaction: should that be rolled back, the task is armed again. Nobody else
 * takes it up meanwhile, as its row is locked.
 * @returns false when it has been given up already: what was asked for is taken back
 */
export async function disarmTask(
  database: Sequelize,
  taskId: number,
  transaction: Transaction,
): Promise<boolean> {
  const deleted = await database.query("DELETE FROM order_tasks WHERE task_id = ? AND state = 'armed'", {
    replacements: [taskId],
    type: QueryTypes.BULKDELETE,
    transaction,
  });
  return deleted > 0;
}

/**
 * Notes something that has to be done once the transaction is committed.
 * @param leaseMs time for the caller to do it, before others do
 */
export function addTask<Detail>(
  database: Sequelize,
  task: NewTask<Detail>,
  leaseMs: number,
  transaction: Transaction,
): Promise<number> {
  return insertTask(database, task, 'due', leaseMs, transaction);
}

/** A task that is done, or need not be. */
export async function removeTask(
  database: Sequelize,
  taskId: number,
  transaction?: Transaction,
): Promise<void> {
  await database.query('DELETE FROM order_tasks WHERE task_id = ?', {
    replacements: [taskId],
    ...(transaction ? { transaction } : {}),
  });
}

/** Has a task done in so many milliseconds, whether it was armed or due. */
export async function postponeTask(database: Sequelize, taskId: number, delayMs: number): Promise<void> {
  await database.query(
    `UPDATE order_tasks SET state = 'due', next_try_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND
     WHERE task_id = ?`,
    { replacements: [delayMs * 1000, taskId] },
  );
}

interface TaskRow extends Omit<OrderTask<unknown>, 'detail'> {
  detail: string;
}

const open = `SELECT task_id AS taskId, order_id AS orderId, kind, detail, tries + 1 AS tries, created_at AS createdAt
  FROM order_tasks WHERE next_try_at <= UTC_TIMESTAMP(3) AND kind IN (?)`;

/**
 * Takes tasks of these kinds that are due or abandoned, for this instance alone; what it leaves behind when it dies is
 * due again when the lease ends.
 */
export async function claimTasks<Detail>(
  database: Sequelize,
  kinds: readonly string[],
  limit: number,
  leaseMs: number,
): Promise<OrderTask<Detail>[]> {
  // Most looks find nothing: they shall not cost a transaction.
  const found = await database.query<TaskRow>(`${open} LIMIT 1`, {
    replacements: [kinds],
    type: QueryTypes.SELECT,
  });
  if (found.length === 0) return [];
  return database.transaction(async (transaction) => {
    const rows = await database.query<TaskRow>(
      `${open} ORDER BY next_try_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      { replacements: [kinds, limit], type: QueryTypes.SELECT, transaction },
    );
    if (rows.length === 0) return [];
    await database.query(
      `UPDATE order_tasks SET state = 'due', tries = tries + 1,
         next_try_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND
       WHERE task_id IN (?)`,
      { replacements: [leaseMs * 1000, rows.map(({ taskId }) => taskId)], transaction },
    );
    return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as Detail }));
  });
}

async function insertTask<Detail>(
  database: Sequelize,
  { orderId, kind, detail }: NewTask<Detail>,
  state: 'armed' | 'due',
  delayMs: number,
  transaction?: Transaction,
): Promise<number> {
  const [taskId] = await database.query(
    `INSERT INTO order_tasks (order_id, kind, detail, state, tries, next_try_at, created_at)
     VALUES (?, ?, ?, ?, 0, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, UTC_TIMESTAMP(3))`,
    {
      replacements: [orderId, kind, JSON.stringify(detail), state, delayMs * 1000],
      type: QueryTypes.INSERT,
      ...(transaction ? { transaction } : {}),
    },
  );
  return taskId;
}
