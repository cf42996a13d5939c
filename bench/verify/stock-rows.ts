import { type Connection, createConnection } from 'mysql2/promise';

/** Rows of one statement. */
const atOnce = 5_000;

/** Connects to one schema with an account that may keep statements out of the log. */
export async function connectSchema(adminUrl: string, schema: string): Promise<Connection> {
  const url = new URL(adminUrl);
  url.pathname = `/${schema}`;
  return createConnection(url.href);
}

/** Adds rows of which the log, and so the replica, hears nothing: they are there for a backfill to bring over. */
export async function addUnheard(connection: Connection, count: number): Promise<void> {
  await connection.query('SET SESSION sql_log_bin = 0');
  for (let at = 0; at < count; at += atOnce) {
    const rows = Array.from({ length: Math.min(atOnce, count - at) }, (_, index) => {
      const number = at + index;
      return [idOf(number), number % 100, number % 7, 1 + (number % 5), '2024-01-02 03:04:05.678'];
    });
    await connection.query(
      'INSERT INTO stock_items (product_id, available, reserved, version, updated_at) VALUES ?',
      [rows],
    );
  }
  await connection.query('ANALYZE TABLE stock_items');
  await connection.query('SET SESSION sql_log_bin = 1');
}

/** Changes rows of the owner, evenly over the table and at a steady rate, as its program would. */
export function writeSteadily(
  connection: Connection,
  count: number,
  rate: number,
): { written(): number; stop(): Promise<void> } {
  let [stopped, written] = [false, 0];
  const beganAt = Date.now();

  async function run(): Promise<void> {
    while (!stopped) {
      const due = ((Date.now() - beganAt) / 1_000) * rate;
      if (written >= due) await new Promise((resolve) => setTimeout(resolve, 5));
      else {
        const id = idOf(Math.floor(Math.random() * count));
        await connection.query(
          'UPDATE stock_items SET available = available + 1, version = version + 1 WHERE product_id = ?',
          [id],
        );
        written += 1;
      }
    }
  }

  const running = run();
  return {
    written: () => written,
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** Makes rows of the replica wrong without a word in its log. */
export async function spoil(connection: Connection, ids: readonly string[]): Promise<void> {
  await connection.query('SET SESSION sql_log_bin = 0');
  await connection.query('UPDATE stock_levels SET on_hand = on_hand + 1000 WHERE product_id IN (?)', [ids]);
  await connection.query('SET SESSION sql_log_bin = 1');
}

export function idOf(number: number): string {
  return `bench-${String(number).padStart(8, '0')}`;
}
