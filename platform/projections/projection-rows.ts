import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { projectionsTable } from '#platform/database/projection-table.js';
import { findPlace } from '#platform/inbox/inbox.js';

/** How a projection stands. */
export interface ProjectionRow {
  liveBuild: number;
  nextBuild: number | null;
  step: number;
  stepAfter: string | null;
  done: number;
  total: number;
  replayUntil: number | null;
  replayLog: string | null;
  startedAt: Date | null;
  builtAt: Date | null;
  problem: string | null;
}

/** For queries of what is read now: the number of that build, in the same statement and so as of the same moment. */
export const liveBuild = `(SELECT live_build FROM ${projectionsTable} WHERE name = ?)`;

/** Is there a build to be read? */
export async function isBuilt(database: Sequelize, name: string): Promise<boolean> {
  const [row] = await database.query<{ build: number | null }>(`SELECT ${liveBuild} AS build`, {
    replacements: [name],
    type: QueryTypes.SELECT,
  });
  return (row?.build ?? 0) > 0;
}

/** Makes the projection known, if it is new. */
export async function addProjection(database: Sequelize, name: string): Promise<void> {
  await database.query(`INSERT IGNORE INTO ${projectionsTable} (name) VALUES (?)`, { replacements: [name] });
}

/** @param lock held until the transaction ends */
export async function findProjection(
  database: Sequelize,
  name: string,
  lock?: { kind: 'FOR UPDATE' | 'LOCK IN SHARE MODE'; transaction: Transaction },
): Promise<ProjectionRow> {
  const [row] = await database.query<ProjectionRow>(
    `SELECT live_build AS liveBuild, next_build AS nextBuild, step, step_after AS stepAfter, done, total,
       replay_until AS replayUntil, replay_log AS replayLog, started_at AS startedAt, built_at AS builtAt, problem
     FROM ${projectionsTable} WHERE name = ? ${lock?.kind ?? ''}`,
    { replacements: [name], type: QueryTypes.SELECT, transaction: lock?.transaction ?? null },
  );
  if (row === undefined) throw new Error(`there is no projection ${name}`);
  return { ...row, replayUntil: row.replayUntil === null ? null : Number(row.replayUntil) };
}

/**
 * Begins to build a projection anew, beside what is read. Whoever handles an event holds the row, so each event was either
 * handled before, and then stands in the stream up to the consumer's place, or goes into the new build as well.
 * @param running what becomes of a build that is under way: it goes on, or another one begins in its place
 * @returns `running` if one is under way and goes on
 */
export async function beginBuild(
  database: Sequelize,
  name: string,
  running: 'goes on' | 'is replaced' = 'goes on',
): Promise<'begun' | 'running'> {
  await addProjection(database, name);
  return database.transaction(async (transaction) => {
    const { nextBuild } = await findProjection(database, name, { kind: 'FOR UPDATE', transaction });
    if (nextBuild !== null && running === 'goes on') return 'running';
    const place = await findPlace(database, name, transaction);
    await database.query(
      `UPDATE ${projectionsTable}
       SET last_build = last_build + 1, next_build = last_build, step = 0, step_after = NULL, done = 0, total = 0,
         replay_until = ?, replay_log = ?, started_at = UTC_TIMESTAMP(3), problem = NULL
       WHERE name = ?`,
      { replacements: [place?.logSequence ?? null, place?.logCreatedAt ?? null, name], transaction },
    );
    return 'begun';
  });
}

/** Where a build is; `after` null at the beginning of a step. */
export interface BuildPlace {
  step: number;
  after: string | null;
  done: number;
  total: number;
}

export async function saveBuildPlace(
  database: Sequelize,
  name: string,
  { step, after, done, total }: BuildPlace,
  transaction: Transaction,
): Promise<void> {
  await database.query(
    `UPDATE ${projectionsTable} SET step = ?, step_after = ?, done = ?, total = ?, problem = NULL WHERE name = ?`,
    { replacements: [step, after, done, total, name], transaction },
  );
}

/** From now on the new build is what is read. */
export async function switchBuilds(
  database: Sequelize,
  name: string,
  transaction: Transaction,
): Promise<void> {
  await database.query(
    `UPDATE ${projectionsTable} SET live_build = next_build, next_build = NULL, built_at = UTC_TIMESTAMP(3)
     WHERE name = ?`,
    { replacements: [name], transaction },
  );
}

/** Notes why a build does not go on. */
export async function noteProblem(database: Sequelize, name: string, problem: string): Promise<void> {
  await database.query(
    `UPDATE ${projectionsTable} SET problem = ? WHERE name = ? AND next_build IS NOT NULL`,
    { replacements: [problem.slice(0, 500), name] },
  );
}
