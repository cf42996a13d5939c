import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';

/** A list that people change by the version that they have seen; its table has one row, with that version. */
export interface VersionedList {
  table: 'admin_token_list' | 'known_gateway_list';
  /** What stands in the list, as a person is told. */
  of: string;
}

/** The version of a list at this moment. @throws when its row is gone */
export function readListVersion(
  database: Sequelize,
  list: VersionedList,
  transaction: Transaction | null,
): Promise<number> {
  return select(database, list, '', transaction);
}

/** Lets nobody else change a list until the transaction ends. @returns its version @throws when its row is gone */
export function lockListVersion(
  database: Sequelize,
  list: VersionedList,
  transaction: Transaction,
): Promise<number> {
  return select(database, list, 'FOR UPDATE', transaction);
}

/** Notes that a list has changed. @param transaction that has locked it */
export async function raiseListVersion(
  database: Sequelize,
  { table }: VersionedList,
  transaction: Transaction,
): Promise<void> {
  await database.query(`UPDATE ${table} SET version = version + 1 WHERE id = 1`, { transaction });
}

async function select(
  database: Sequelize,
  { table, of }: VersionedList,
  lock: '' | 'FOR UPDATE',
  transaction: Transaction | null,
): Promise<number> {
  const [row] = await database.query<{ version: number }>(
    `SELECT version FROM ${table} WHERE id = 1 ${lock}`,
    {
      type: QueryTypes.SELECT,
      transaction,
    },
  );
  if (!row)
    throw new Error(`the version of the list of ${of} is gone: somebody has removed it from the database`);
  return row.version;
}
