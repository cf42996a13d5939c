import { type Connection, createConnection } from 'mysql2/promise';

/** Opens a connection for one piece of work, and closes it whatever comes of that. */
export async function withConnection<Result>(
  url: string,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await createConnection(url);
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}
