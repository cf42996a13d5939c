import type { Transaction } from 'sequelize';

/** What the driver's connection under a transaction offers. */
interface DriverConnection {
  query(sql: string, values: readonly unknown[], done: (error: Error | null, result: unknown) => void): void;
}

/**
 * Runs one statement on a transaction's own connection, past Sequelize's query layer, which costs three times what the
 * driver does; for the statements of every write. Values stand as question marks, and are escaped by the driver; times
 * are read and written as Sequelize has told the connection.
 * @returns rows of a query, or what a change has done
 * @throws the driver's error, which has the server's number as `errno`
 */
function run(transaction: Transaction, sql: string, values: readonly unknown[]): Promise<unknown> {
  const { connection } = transaction as unknown as { connection: DriverConnection };
  return new Promise((resolve, reject) => {
    connection.query(sql, values, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** A query's rows, typed by the caller. */
export async function selectIn<Row>(
  transaction: Transaction,
  sql: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return (await run(transaction, sql, values)) as Row[];
}

/** Changes rows. @returns how many are different now */
export async function changeIn(
  transaction: Transaction,
  sql: string,
  values: readonly unknown[] = [],
): Promise<number> {
  return ((await run(transaction, sql, values)) as { affectedRows: number }).affectedRows;
}
