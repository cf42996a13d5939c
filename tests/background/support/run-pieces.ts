import type { MoveTable, Side } from '#contracts/strangler/move.js';
import { passGuard } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { isPutAside, noteAllHandled, noteHandled, takeUpAgain } from '#platform/inbox/inbox.js';
import {
  beginBuild,
  noteProblem,
  saveBuildPlace,
  switchBuilds,
} from '#platform/projections/projection-rows.js';
import { checkSagaKeys } from '#platform/saga/check-saga-keys.js';
import { cancellationsIn } from '../../../extracted/orders/adapters/cancellation-table.js';
import { orderHistoryIn } from '../../../extracted/orders/adapters/order-history.js';
import { attemptsIn } from '../../../extracted/payments/adapters/attempt-table.js';
import {
  endCancellationOf,
  hasCancellation,
  noteCancellation,
} from '../../../legacy-monolith/modules/payments/cancellations.js';
import {
  beginAttempt,
  endAttempt,
  findAttempt,
  finishAttempt,
  giveUpAttempt,
} from '../../../legacy-monolith/modules/payments/payment-attempts.js';
import { armTask, disarmTask, removeTask } from '../../../legacy-monolith/order-tasks/order-task-table.js';
import { moves } from '../../../migrations/moves/index.js';
import { deleteKeys } from '../../../sidecar/apply/delete-keys.js';
import { lockWholeRows } from '../../../sidecar/apply/lock-rows.js';
import { writeRows } from '../../../sidecar/apply/write-rows.js';
import { estimateRows, selectChunk } from '../../../sidecar/capture/select-chunk.js';
import { connectMysql } from '../../../sidecar/database/connect-mysql.js';
import { describeColumns } from '../../../sidecar/database/describe-columns.js';
import { readPages } from '../../../sidecar/verify/read-pages.js';
import { testKeys } from '../../support/test-keys.js';
import type { FilledShop } from './filled-shop.js';

/** Somewhere in the middle of every filled table. */
const middle = 'r00050000';

/** What happens in the background for a reason that is not there while a shop rests: events, a build, replication. */
export async function runPieces(shop: FilledShop): Promise<void> {
  await handleEvents(shop);
  await settleAtServices(shop);
  await settleAtMonolith(shop);
  await build(shop);
  // As the orders service starts.
  await checkSagaKeys(shop.orders.database, testKeys, 'DATA_KEYS');
  for (const { capability, tables } of moves)
    for (const table of tables) {
      await replicate(capability, table, 'monolith', shop.monolith.url);
      await replicate(capability, table, 'service', shop[capability as keyof FilledShop].url);
    }
}

function handleEvents({ orders: { database } }: FilledShop): Promise<void> {
  const consumer = 'order-views';
  return runTransaction(database, async (transaction) => {
    await noteHandled(database, consumer, 'one', transaction);
    await noteAllHandled(database, consumer, ['two', 'three'], transaction);
    await takeUpAgain(database, consumer, middle, transaction);
    await isPutAside(database, consumer, middle);
  });
}

/**
 * What recovery, and the sagas, do with each note that they find, whatever the answer of others is. How the statements run is
 * looked at, and not who owns the rows.
 */
async function settleAtServices({ orders, payments }: FilledShop): Promise<void> {
  const attempt = { paymentId: middle, orderId: middle };
  await runTransaction(payments.database, async (begun) => {
    const transaction = passGuard('payments', begun);
    const attempts = attemptsIn(payments.database);
    const { token } = await attempts.begin({ ...attempt, kind: 'charge' }, transaction);
    await attempts.find(middle, transaction);
    await attempts.finish(middle, token, transaction);
    await attempts.giveUp(attempt, transaction);
    await attempts.drop(middle, transaction);
  });
  await runTransaction(orders.database, async (begun) => {
    const transaction = passGuard('orders', begun);
    const cancellations = cancellationsIn(orders.database);
    await cancellations.note(attempt, transaction);
    await cancellations.drop(middle, transaction);
  });
}

async function settleAtMonolith({ monolith: { database } }: FilledShop): Promise<void> {
  const attempt = { paymentId: middle, orderId: middle };
  await beginAttempt(database, { ...attempt, kind: 'charge' });
  await beginAttempt(database, { ...attempt, kind: 'charge' });
  await noteCancellation(database, attempt);
  await runTransaction(database, async (begun) => {
    const transaction = passGuard('orders', passGuard('payments', begun));
    await findAttempt(database, middle, transaction);
    await finishAttempt(database, middle, transaction);
    await giveUpAttempt(database, attempt, transaction);
    await hasCancellation(database, middle, transaction);
    await endCancellationOf(database, middle, transaction);
  });
  await endAttempt(database, middle);
  const task = { orderId: middle, kind: 'give back', detail: {} };
  const armed = await armTask(database, task, 60_000);
  await runTransaction(database, (transaction) => disarmTask(database, armed, transaction));
  await removeTask(database, armed);
}

/** One piece of a build, from its middle. */
async function build({ orders: { database } }: FilledShop): Promise<void> {
  const name = 'another';
  await beginBuild(database, name);
  await noteProblem(database, name, 'none');
  await runTransaction(database, async (transaction) => {
    await saveBuildPlace(database, name, { step: 0, after: middle, done: 1, total: 1 }, transaction);
    await switchBuilds(database, name, transaction);
  });
  await orderHistoryIn(database).read(middle);
}

/** Reads a table as backfill and verification do, and writes to it as an applier does: a row that is there, and its key's removal. */
async function replicate(capability: string, table: MoveTable, side: Side, url: string): Promise<void> {
  const { [side]: target } = table;
  const connection = await connectMysql(url);
  try {
    const after = target.key.map(() => middle);
    await selectChunk(connection, capability, target, table.columns[side], after, 500, {
      together: 1_000_000,
      alone: 1_000_000,
    });
    await estimateRows(connection, target.table);
    const pages = await readPages(connection, table, side, 500);
    const [row] = await pages.read(after, null);
    if (row === undefined) throw new Error(`${target.table} is not filled`);
    await connection.beginTransaction();
    const into = { connection, capability, held: new Map() };
    await connection.query(`UPDATE ${capability}_ownership SET state = 'released'`);
    await writeRows(into, { kind: 'upsert', target, rows: [row, row] }, false);
    await lockWholeRows(connection, target, await describeColumns(connection, target.table), target.key, [
      row,
    ]);
    await deleteKeys(connection, target, [target.key.map((column) => row[column])]);
    await connection.rollback();
  } finally {
    connection.destroy();
  }
}
