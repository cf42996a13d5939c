import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backfillRequestSchema, backfillSubject } from '#contracts/strangler/backfill.js';
import { sidecarStatusSubject } from '#contracts/strangler/sidecar-status.js';
import { answerJson } from '#platform/messaging/exchange-json.js';
import { connectMysql } from '../../../sidecar/database/connect-mysql.js';
import { eventually } from '../../../sidecar/test/support/replication.js';
import { until } from '../../../tests/support/until.js';
import { type RepairableSystem, startRepairableSystem } from './support/repairable-system.js';

let system: RepairableSystem;
let capability: string;

/** The replica's place in the log is lost: only a new chain helps. */
beforeEach(async () => {
  system = await startRepairableSystem();
  ({ capability } = system.move);
  await system.source.query('TRUNCATE TABLE answers');
  await eventually(() => expect(system.forth.applier.status().state).toBe('stopped'));
});
afterEach(() => system.end());

const backfill = () => system.cli('data', 'backfill', capability, '--new-chain');

/** Resolves when the command line has asked for the status so many times more. */
async function looks(count: number): Promise<void> {
  let seen = 0;
  const subscription = system.nats.subscribe(sidecarStatusSubject(capability, 'service'), {
    callback: () => void (seen += 1),
  });
  await until(`there were ${count} looks`, () => seen >= count);
  subscription.unsubscribe();
}

/** Keeps the applier from beginning anything. @returns what lets it go */
async function holdApplier(): Promise<() => Promise<void>> {
  const connection = await connectMysql(system.replicaUrl);
  await connection.beginTransaction();
  await connection.query('SELECT 1 FROM strangler_backfill FOR UPDATE');
  return async () => {
    await connection.rollback();
    connection.destroy();
  };
}

describe('a backfill with a new chain of a stopped replica', () => {
  it('goes on until it is complete, however long the sidecar says what stopped it before', async () => {
    const letGo = await holdApplier();
    const running = backfill();
    await looks(4);
    await letGo();
    const { code, out, err } = await running;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`The replica of ${capability} on the service is complete.`);
    expect(await system.verify()).toMatchObject({ outcome: 'equal' });
  });

  it('ends with 1 where it is stopped for another reason then', async () => {
    await system.plant('service', 'DELETE FROM stock_levels');
    await system.replica.query('ALTER TABLE stock_levels ADD CONSTRAINT few CHECK (on_hand < 5)');
    const { code, err } = await backfill();
    expect(code).toBe(1);
    expect(err).toMatch(/can't go on, since the applier on the service is stopped: .*few/);
  });

  it('is requested again from a sidecar that has lost the request in a restart', async () => {
    const { nats } = system;
    await system.stopApplier();
    let requests = 0;
    const stopAnswering = answerJson(
      nats,
      backfillSubject(capability, 'service'),
      backfillRequestSchema,
      async () => ((requests += 1), null),
      () => undefined,
    );
    const running = backfill();
    await until('the request is there', () => requests === 1);
    stopAnswering();
    await system.startNextApplier();
    expect(await running).toMatchObject({ code: 0, err: '' });
    expect(await system.verify()).toMatchObject({ outcome: 'equal' });
  });

  it('ends well for two operators at once', async () => {
    const [one, other] = await Promise.all([backfill(), backfill()]);
    expect([one, other]).toMatchObject([
      { code: 0, err: '' },
      { code: 0, err: '' },
    ]);
    expect(await system.verify()).toMatchObject({ outcome: 'equal' });
  });
});
