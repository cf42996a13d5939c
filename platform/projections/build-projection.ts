import type { Sequelize, Transaction } from 'sequelize';
import { runTransaction } from '#platform/database/run-transaction.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { Piece, Projection, Source } from './projection.js';
import { findProjection, type ProjectionRow, saveBuildPlace, switchBuilds } from './projection-rows.js';
import { type Replayer, replayStream } from './replay-stream.js';

/** What building works with. */
export interface BuildWork {
  database: Sequelize;
  nats: NatsConnection;
  projection: Projection;
  logger: Logger;
}

/** Name of the last step, which people see. */
export const streamStep = 'the stream';

type Step = Pick<Source, 'name' | 'size' | 'read'>;

/**
 * Carries the build on that is under way, from where it is, until what it has built is read; each piece, and how far that
 * is, in one transaction. After a crash whoever comes next goes on; several at once do no harm, as each piece is written
 * only by who finds the build where the piece begins.
 * @throws when a source can't be read: then it is to be carried on later
 */
export async function carryOnBuild(work: BuildWork, signal: AbortSignal): Promise<void> {
  const { database, projection, nats, logger } = work;
  const begun = await findProjection(database, projection.name);
  if (begun.nextBuild === null) return;
  const replayer = replayStream(database, nats, projection, {
    until: begun.replayUntil,
    createdAt: begun.replayLog,
  });
  const steps = stepsOf(projection, replayer);
  try {
    for (let row = begun; row.nextBuild === begun.nextBuild && !signal.aborted;) {
      await takePiece(work, steps, row);
      row = await findProjection(database, projection.name);
      if (row.nextBuild === null)
        logger.info(
          { projection: projection.name, build: row.liveBuild },
          'a projection has been built anew',
        );
    }
  } finally {
    await replayer.close();
  }
}

function stepsOf({ sources }: Projection, replayer: Replayer): Step[] {
  return [...sources, { name: streamStep, ...replayer }];
}

async function takePiece(work: BuildWork, steps: readonly Step[], row: ProjectionRow): Promise<void> {
  const { step: number, stepAfter, nextBuild } = row;
  const step = steps[number];
  if (nextBuild === null) return;
  if (step === undefined) return ifThere(work, row, (transaction) => finish(work, transaction));
  const total = stepAfter === null ? await step.size() : row.total;
  const piece = await step.read(stepAfter ?? undefined);
  await ifThere(work, row, (transaction) =>
    piece
      ? write(work, row, piece, total, transaction)
      : saveBuildPlace(
          ...([work.database, work.projection.name] as const),
          { step: number + 1, after: null, done: 0, total: 0 },
          transaction,
        ),
  );
}

async function write(
  { database, projection }: BuildWork,
  { nextBuild, step, done }: ProjectionRow,
  piece: Piece,
  total: number,
  transaction: Transaction,
): Promise<void> {
  await piece.write(nextBuild ?? 0, transaction);
  const reached = done + piece.size;
  const place = { step, after: piece.after, done: reached, total: Math.max(total, reached) };
  await saveBuildPlace(database, projection.name, place, transaction);
}

function finish({ database, projection }: BuildWork, transaction: Transaction): Promise<void> {
  return switchBuilds(database, projection.name, transaction);
}

/** Nothing is done if somebody else has carried the build on meanwhile. */
async function ifThere(
  { database, projection }: BuildWork,
  expected: ProjectionRow,
  then: (transaction: Transaction) => Promise<void>,
): Promise<void> {
  await runTransaction(database, async (transaction) => {
    const row = await findProjection(database, projection.name, { kind: 'FOR UPDATE', transaction });
    const same =
      row.nextBuild === expected.nextBuild &&
      row.step === expected.step &&
      row.stepAfter === expected.stepAfter;
    if (same) await then(transaction);
  });
}
