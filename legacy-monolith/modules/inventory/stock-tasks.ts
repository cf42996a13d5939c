import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';

/** An item of an order, as far as stock is concerned. */
export interface OrderedItem {
  productId: string;
  quantity: number;
}

/**
 * `undo` takes back one attempt at reserving, that of the task's own number; `release` and `ship` are what was decided
 * for an order that stands.
 */
export type TaskKind = 'undo' | 'release' | 'ship';

/** Something to be done about stock that the service may own. */
export interface StockTask {
  /** Grows: of two tasks for an order, that with the greater number came later. */
  taskId: number;
  orderId: string;
  kind: TaskKind;
  items: OrderedItem[];
  /** How often it has been tried, this time included. */
  tries: number;
  createdAt: Date;
}

type NewTask = Pick<StockTask, 'orderId' | 'kind' | 'items'>;

/**
 * Notes that something is about to be reserved, before it is and beside the order's transaction: whatever happens to
 * that, the note is found, and the reservation taken back.
 * @param own connections of its own: the caller holds one already, and must not wait for a second of the same pool
 * @param abandonedAfter age at which whoever armed the task must have died, in milliseconds
 * @returns number of the task, and of the attempt
 */
export function armTask(
  own: Sequelize,
  orderId: string,
  items: OrderedItem[],
  abandonedAfter: number,
): Promise<number> {
  return insertTask(own, { orderId, kind: 'undo', items }, 'armed', abandonedAfter);
}

/**
 * Ends an armed task in the order's transaction: should that be rolled back, the task is armed again. Nobody else
 * takes it up meanwhile, as its row is locked.
 * @returns false when it has been given up already: what was reserved is taken back
 */
export async function disarmTask(
  database: Sequelize,
  taskId: number,
  transaction: Transaction,
): Promise<boolean> {
  const deleted = await database.query("DELETE FROM stock_tasks WHERE task_id = ? AND state = 'armed'", {
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
export function addTask(
  database: Sequelize,
  task: NewTask,
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
  await database.query('DELETE FROM stock_tasks WHERE task_id = ?', {
    replacements: [taskId],
    ...(transaction ? { transaction } : {}),
  });
}

/** Has a task done in so many milliseconds, whether it was armed or due. */
export async function postponeTask(database: Sequelize, taskId: number, delayMs: number): Promise<void> {
  await database.query(
    `UPDATE stock_tasks SET state = 'due', next_try_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND
     WHERE task_id = ?`,
    { replacements: [delayMs * 1000, taskId] },
  );
}

interface TaskRow extends Omit<StockTask, 'items'> {
  items: string;
}

const open = `SELECT task_id AS taskId, order_id AS orderId, kind, items, tries + 1 AS tries, created_at AS createdAt
  FROM stock_tasks WHERE next_try_at <= UTC_TIMESTAMP(3)`;

/**
 * Takes tasks that are due or abandoned, for this instance alone; what it leaves behind when it dies is due again when
 * the lease ends.
 */
export async function claimTasks(database: Sequelize, limit: number, leaseMs: number): Promise<StockTask[]> {
  // Most looks find nothing: they shall not cost a transaction.
  if ((await database.query(`${open} LIMIT 1`, { type: QueryTypes.SELECT })).length === 0) return [];
  return database.transaction(async (transaction) => {
    const rows = await database.query<TaskRow>(
      `${open} ORDER BY next_try_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      {
        replacements: [limit],
        type: QueryTypes.SELECT,
        transaction,
      },
    );
    if (rows.length === 0) return [];
    await database.query(
      `UPDATE stock_tasks SET state = 'due', tries = tries + 1,
         next_try_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND
       WHERE task_id IN (?)`,
      { replacements: [leaseMs * 1000, rows.map(({ taskId }) => taskId)], transaction },
    );
    return rows.map((row) => ({ ...row, items: JSON.parse(row.items) as OrderedItem[] }));
  });
}

async function insertTask(
  database: Sequelize,
  { orderId, kind, items }: NewTask,
  state: 'armed' | 'due',
  delayMs: number,
  transaction?: Transaction,
): Promise<number> {
  const [taskId] = await database.query(
    `INSERT INTO stock_tasks (order_id, kind, items, state, tries, next_try_at, created_at)
     VALUES (?, ?, ?, ?, 0, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, UTC_TIMESTAMP(3))`,
    {
      replacements: [orderId, kind, JSON.stringify(items), state, delayMs * 1000],
      type: QueryTypes.INSERT,
      ...(transaction ? { transaction } : {}),
    },
  );
  return taskId;
}
