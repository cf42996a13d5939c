import { randomBytes } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import { mapColumns, renamed, same } from '#contracts/strangler/map-columns.js';
import type { Move } from '#contracts/strangler/move.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { createTestDatabase, testServers } from '../../../tests/support/servers.js';
import { connectToGuard, planGuard, runStatements } from '../change-guard.js';

/** The comments of a blog that knows nothing of us: its ids are the database's, its rows are owned by their post. */
export const blog: Move = {
  capability: 'blog',
  tables: [
    {
      monolith: { table: 'comments', key: ['id'], ownedBy: 'post_id' },
      service: { table: 'remarks', key: ['remark_id'], ownedBy: 'post_id' },
      ids: {
        monolith: { column: 'id', increment: 2, offset: 1 },
        service: { column: 'remark_id', increment: 2, offset: 2 },
      },
      ...mapColumns(renamed({ id: 'remark_id', words: 'written' }), same('post_id')),
    },
  ],
};

const comments = `CREATE TABLE comments (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, post_id INT UNSIGNED NOT NULL,
  words VARCHAR(100) NOT NULL, KEY (post_id))`;

/** A schema with the blog's table and its owners, an account of the program and one of the sidecar. */
export interface BlogDatabase {
  url: string;
  /** An administrator, in the schema. */
  admin: Connection;
  /** Opens a connection as the program, as somebody at a shell would. */
  asProgram(): Promise<Connection>;
  asSidecar(): Promise<Connection>;
  sidecarAccount: string;
  programAccount: string;
  bucketOf(post: number | string): number;
  /** Which buckets this side owns from now on; epoch 7 tells them from the first. */
  own(buckets: readonly number[]): Promise<void>;
  install(): Promise<void>;
  drop(): Promise<void>;
}

const password = 'a password';

/** @param move owners are those of its capability @param tables statements that make them */
export async function createBlogDatabase(
  tables: readonly string[] = [comments],
  move: Move = blog,
): Promise<BlogDatabase> {
  const { url, schema, drop } = await createTestDatabase('guarded');
  const suffix = randomBytes(3).toString('hex');
  const accounts = { program: `program_${suffix}`, sidecar: `sidecar_${suffix}` };
  const admin = await createConnection({ uri: url, charset: 'utf8mb4_bin' });
  for (const statement of [...tables, ownersOf(move.capability)]) await admin.query(statement);
  await admin.query(`INSERT INTO ?? VALUES ?`, [
    ownershipTable(move.capability),
    Array.from({ length: bucketCount }, (_, index) => [index + 1, 'owned', 1, 0, new Date(0)]),
  ]);
  for (const account of Object.values(accounts)) {
    await admin.query('CREATE USER ?@? IDENTIFIED BY ?', [account, '%', password]);
    await admin.query('GRANT ALL PRIVILEGES ON ??.* TO ?@?', [schema, account, '%']);
  }
  const connectAs = (user: string) => {
    const { hostname, port } = new URL(testServers().mysqlUrl);
    return createConnection({ host: hostname, port: Number(port), user, password, database: schema });
  };
  return {
    url,
    admin,
    asProgram: () => connectAs(accounts.program),
    asSidecar: () => connectAs(accounts.sidecar),
    sidecarAccount: accounts.sidecar,
    programAccount: accounts.program,
    bucketOf: (post) => bucketOfKey(move.capability, String(post)),
    async own(buckets) {
      await admin.query("UPDATE ?? SET state = IF(bucket IN (?), 'owned', 'released'), epoch = 7", [
        ownershipTable(move.capability),
        [0, ...buckets],
      ]);
    },
    async install() {
      const connection = await connectToGuard(url);
      const guarded = { move, side: 'monolith', applier: accounts.sidecar } as const;
      try {
        const { statements } = await planGuard(connection, guarded);
        await runStatements(connection, statements, () => undefined);
      } finally {
        connection.destroy();
      }
    },
    async drop() {
      for (const account of Object.values(accounts)) await admin.query('DROP USER ?@?', [account, '%']);
      admin.destroy();
      await drop();
    },
  };
}

function ownersOf(capability: string): string {
  return `CREATE TABLE \`${ownershipTable(capability)}\` (bucket TINYINT UNSIGNED PRIMARY KEY,
    state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    epoch INT UNSIGNED NOT NULL, vetoed INT UNSIGNED NOT NULL, changed_at DATETIME(3) NOT NULL)`;
}
