import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mysql2/promise';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { createTestDatabase, type TestDatabase, testServers } from '../support/servers.js';
import { until } from '../support/until.js';
import {
  type ObservedProgram,
  observeProgram,
  startVanishingServer,
  untilItListens,
  type VanishingServer,
} from './support/program-beside-faults.js';

/** What no program may write, whatever fails. */
const canaries = {
  password: 'canary-password',
  token: 'tok_canary_4242',
  key: 'canary-key',
  order: 'canary-order',
};
const programs = {
  payments: new URL('../../extracted/payments/main.ts', import.meta.url),
  monolith: new URL('../../legacy-monolith/main.ts', import.meta.url),
};

let attempts = 0;

/** A payment, or at the monolith an order as well; whatever the answer is. */
async function ask(program: ObservedProgram, paths: readonly string[]): Promise<void> {
  const method = { type: 'card', token: canaries.token };
  const bodies: Record<string, unknown> = {
    '/payments': { orderId: canaries.order, amount: { amount: 1299, currency: 'GBP' }, method },
    '/orders': {
      customer: { customerId: 'C1', name: 'A', email: 'a@shop.example' },
      items: [{ productId: '1', quantity: 1 }],
      payment: method,
    },
  };
  for (const path of paths) {
    await fetch(`${program.url()}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `${canaries.key}-${(attempts += 1)}`,
      },
      body: JSON.stringify(bodies[path]),
    });
  }
}

describe.each([
  ['payments', ['/payments']],
  ['monolith', ['/payments', '/orders']],
] as const)('the log of %s', (name, paths) => {
  const user = `canary_${name}`;
  const table = 'payments_idempotency';
  let schema: TestDatabase;
  let admin: Connection;
  let server: VanishingServer;
  let providers: TestProviders;
  let program: ObservedProgram;
  let environment: Record<string, string>;

  beforeAll(async () => {
    providers = await startTestProviders();
    schema = await createTestDatabase('canaries');
    admin = await createConnection(schema.url);
    await admin.query(`DROP USER IF EXISTS '${user}'@'%'`);
    await admin.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${canaries.password}'`);
    await admin.query(`GRANT ALL ON \`${schema.schema}\`.* TO '${user}'@'%'`);
    server = await startVanishingServer(new URL(schema.url));
    environment = {
      MYSQL_URL: `mysql://${user}:${canaries.password}@127.0.0.1:${server.port}/${schema.schema}`,
      NATS_URL: testServers().natsUrl,
      PAYMENT_PROVIDER_URL: providers.url,
    };
    program = observeProgram(programs[name], environment);
    await untilItListens(program);
    await admin.query("UPDATE payments_ownership SET state = 'owned', epoch = 2");
  });
  afterAll(async () => {
    await program.terminate();
    await server.vanish();
    await providers.stop();
    await admin.query(`DROP USER '${user}'@'%'`);
    await admin.end();
    await schema.drop();
  });

  /** Changes how the table is made for the time of the work. */
  const changed = async (change: string, back: string): Promise<void> => {
    await admin.query(change);
    await ask(program, paths);
    await admin.query(back);
  };

  const faults: [string, string, () => Promise<void>][] = [
    [
      'a table is missing',
      "doesn't exist",
      () => changed(`RENAME TABLE ${table} TO away`, `RENAME TABLE away TO ${table}`),
    ],
    [
      'a key is there already',
      // The programs know this error, and may have an answer for it.
      '',
      async () => {
        await ask(program, ['/payments']);
        await changed(
          'ALTER TABLE payments ADD UNIQUE canary (order_id)',
          'ALTER TABLE payments DROP INDEX canary',
        );
      },
    ],
    [
      'a column takes no such value',
      'Incorrect integer value',
      async () => {
        await admin.query(`DELETE FROM ${table}`);
        await changed(
          `ALTER TABLE ${table} MODIFY idempotency_key INT NOT NULL`,
          `ALTER TABLE ${table} MODIFY idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL`,
        );
      },
    ],
    [
      'a lock is not given in time',
      'Lock wait timeout',
      async () => {
        await admin.query('BEGIN');
        await admin.query('SELECT * FROM payments_ownership FOR UPDATE');
        await ask(program, ['/payments']);
        await admin.query('ROLLBACK');
      },
    ],
    [
      'a connection is killed while a statement waits',
      'closed',
      async () => {
        await admin.query('BEGIN');
        await admin.query('SELECT * FROM payments_ownership FOR UPDATE');
        const asked = ask(program, ['/payments']);
        let waiting: { id: number }[] = [];
        // Others read the table without a lock, and do not wait.
        await until('a statement waits', async () => {
          const [rows] = await admin.query(
            `SELECT id FROM information_schema.processlist
             WHERE user = '${user}' AND info LIKE '%payments_ownership%' AND time_ms > 200`,
          );
          waiting = rows as { id: number }[];
          return waiting.length > 0;
        });
        for (const { id } of waiting) await admin.query(`KILL ${id}`).catch(() => undefined);
        await admin.query('ROLLBACK');
        await asked;
      },
    ],
    [
      'the server is gone',
      'ECONNREFUSED',
      async () => {
        const before = program.written().length;
        await server.vanish();
        // The first may still meet a connection that has just been lost.
        await until('a connection is refused', async () => {
          await ask(program, paths);
          return program.written().slice(before).includes('ECONNREFUSED');
        });
        await server.comeBack();
      },
    ],
  ];

  it.each(faults)('says that %s, and no secret', async (_what, said, fail) => {
    const before = program.written().length;
    await fail();
    await until('it is said', () => program.written().slice(before).includes(said));
    for (const canary of Object.values(canaries)) expect(program.written()).not.toContain(canary);
  });

  it.each([
    ['its password is wrong', 'Access denied', (good: string) => good.replace('-password', '-password-2')],
    ['no server is there', 'ECONNREFUSED', (good: string) => good.replace(/:\d+\//, ':9/')],
    ['its address is none', 'MYSQL_URL', (good: string) => good.replace(/:\d+\//, ':port/')],
  ])('says why it can not start where %s, and no secret', async (_what, said, wrong) => {
    const second = observeProgram(programs[name], {
      ...environment,
      MYSQL_URL: wrong(environment['MYSQL_URL']!),
    });
    expect(await second.ended).toBe(1);
    expect(second.written()).toContain(said);
    for (const canary of Object.values(canaries)) expect(second.written()).not.toContain(canary);
  });
});
