import { QueryTypes, type Transaction } from 'sequelize';
import { completionStepDays, handOverDays, handOversKept } from '#contracts/strangler/retention.js';
import { type Leader, write } from '../fence/fence.js';

/** Which closed hand-overs are forgotten. */
export interface JournalLimits {
  handOverDays: number;
  /** The newest of each capability that stay, however old. */
  handOversKept: number;
  completionStepDays: number;
}

const usual: JournalLimits = { handOverDays, handOversKept, completionStepDays };
/** Hand-overs that are removed in one transaction: few enough that nobody waits for it. */
const piece = 200;

/**
 * Forgets hand-overs that were closed long ago, with their buckets and steps, and old steps of completions. The newest ones of
 * a capability stay, by which the size of the next is chosen; and the last one of each bucket: an abandonment asks
 * the journal for the greatest epoch that there can be.
 * @throws AppError `deposed`
 */
export async function forgetClosed(leader: Leader, limits: JournalLimits = usual): Promise<void> {
  const capabilities = await leader.database.query<{ capability: string }>(
    'SELECT DISTINCT capability FROM hand_over',
    { type: QueryTypes.SELECT },
  );
  for (const { capability } of capabilities)
    while (
      (await write(leader, (transaction) => forgetSome(leader, capability, limits, transaction))) === piece
    );
  await write(leader, (transaction) =>
    leader.database.query('DELETE FROM completion_step WHERE at < UTC_TIMESTAMP(3) - INTERVAL ? DAY', {
      replacements: [limits.completionStepDays],
      transaction,
    }),
  );
}

/** @returns how many were forgotten */
async function forgetSome(
  { database }: Leader,
  capability: string,
  limits: JournalLimits,
  transaction: Transaction,
): Promise<number> {
  const select = async (sql: string, values: (string | number | string[])[]) =>
    (
      await database.query<{ id: string }>(sql, {
        replacements: values,
        ...{ type: QueryTypes.SELECT, transaction },
      })
    ).map(({ id }) => id);
  const newest = await select(
    'SELECT id FROM hand_over WHERE capability = ? AND closed_at IS NOT NULL ORDER BY closed_at DESC, id DESC LIMIT ?',
    [capability, limits.handOversKept],
  );
  const lastOfBuckets = await select(
    `SELECT b.hand_over_id AS id FROM hand_over_bucket b
     JOIN (SELECT bucket, MAX(expected) AS expected FROM hand_over_bucket WHERE capability = ? GROUP BY bucket) n
       ON n.bucket = b.bucket AND n.expected = b.expected
     WHERE b.capability = ?`,
    [capability, capability],
  );
  const old = await select(
    `SELECT id FROM hand_over
     WHERE capability = ? AND closed_at < UTC_TIMESTAMP(3) - INTERVAL ? DAY AND id NOT IN (?)
     ORDER BY closed_at LIMIT ${piece}`,
    [capability, limits.handOverDays, [...newest, ...lastOfBuckets, '-']],
  );
  if (old.length === 0) return 0;
  for (const [table, column] of [
    ['hand_over_step', 'hand_over_id'],
    ['hand_over_bucket', 'hand_over_id'],
    ['hand_over', 'id'],
  ] as const)
    await database.query(`DELETE FROM ${table} WHERE ${column} IN (?)`, { replacements: [old], transaction });
  return old.length;
}
