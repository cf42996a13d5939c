import { randomUUID } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import { mapColumns, same } from '#contracts/strangler/map-columns.js';
import type { Move, MoveTable } from '#contracts/strangler/move.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { connectToGuard, planGuard, runStatements } from '#platform/trigger-guard/change-guard.js';

/** Pairs of tables that are alike but for their triggers. */
export interface GuardedTables {
  kinds: readonly string[];
  /** Writes so many rows, one after the other. */
  write(kind: string, table: 'guarded' | 'unguarded', rows: number): Promise<void>;
  close(): Promise<void>;
}

const byNumber = { table: 'by_number_guarded', key: ['id'], ownedBy: 'owner' } as const;
const byText = { table: 'by_text_guarded', key: ['id'], ownedBy: 'owner' } as const;
const moved = (side: typeof byNumber | typeof byText): MoveTable => ({
  monolith: side,
  service: side,
  ids: 'unique',
  ...mapColumns(same('id', 'owner', 'words')),
});
const move: Move = { capability: 'bench', tables: [moved(byNumber), moved(byText)] };

/** Rows of one statement that writes many. */
const manyRows = 100;

export async function openTables(adminUrl: string): Promise<GuardedTables> {
  const connection = await createConnection(adminUrl);
  await connection.query('CREATE DATABASE bench');
  await connection.query('USE bench');
  for (const name of ['guarded', 'unguarded']) {
    await connection.query(createTable(`by_number_${name}`, 'INT UNSIGNED'));
    await connection.query(createTable(`by_text_${name}`, 'VARCHAR(36) CHARACTER SET ascii'));
  }
  await createOwners(connection);
  await install(adminUrl);
  const writes: Record<string, (table: string, rows: number) => Promise<void>> = {
    'INSERT, key a number': async (table, rows) => {
      for (let row = 0; row < rows; row += 1)
        await connection.query(`INSERT INTO by_number_${table} (owner, words) VALUES (?, 'words')`, [
          number(),
        ]);
    },
    'INSERT, key a UUID': async (table, rows) => {
      for (let row = 0; row < rows; row += 1)
        await connection.query(`INSERT INTO by_text_${table} (owner, words) VALUES (?, 'words')`, [
          randomUUID(),
        ]);
    },
    'UPDATE, key a number': async (table, rows) => {
      for (let row = 0; row < rows; row += 1)
        await connection.query(`UPDATE by_number_${table} SET words = ? WHERE id = ?`, [
          String(number()),
          row + 1,
        ]);
    },
    [`INSERT of ${manyRows} rows, key a number, each row`]: async (table, rows) => {
      for (let row = 0; row < rows; row += manyRows)
        await connection.query(`INSERT INTO by_number_${table} (owner, words) VALUES ?`, [
          Array.from({ length: manyRows }, () => [number(), 'words']),
        ]);
    },
  };
  return {
    kinds: Object.keys(writes),
    write: async (kind, table, rows) => writes[kind]?.(table, rows),
    close: () => connection.end(),
  };
}

const number = (): number => Math.floor(Math.random() * 1_000_000);

function createTable(name: string, owner: string): string {
  return `CREATE TABLE ${name} (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, owner ${owner} NOT NULL,
    words VARCHAR(100) NOT NULL, KEY (owner))`;
}

async function createOwners(connection: Connection): Promise<void> {
  await connection.query(
    'CREATE TABLE bench_ownership (bucket TINYINT UNSIGNED PRIMARY KEY, state VARCHAR(32) NOT NULL, epoch INT UNSIGNED NOT NULL)',
  );
  await connection.query('INSERT INTO bench_ownership VALUES ?', [
    Array.from({ length: bucketCount }, (_, index) => [index + 1, 'owned', 1]),
  ]);
  await connection.query("CREATE USER sidecar@localhost IDENTIFIED BY 'sidecar'");
}

async function install(adminUrl: string): Promise<void> {
  const url = new URL(adminUrl);
  url.pathname = '/bench';
  const connection = await connectToGuard(url.href);
  const { statements } = await planGuard(connection, { move, side: 'monolith', applier: 'sidecar' });
  await runStatements(connection, statements, () => undefined);
  connection.destroy();
}
