import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { verifySubject } from '#contracts/strangler/verify.js';
import { listenJson } from '#platform/messaging/exchange-json.js';
import { verifyBothSides } from '../../gates/verify-both-sides.js';
import type { Verify } from '../../gates/verified.js';
import {
  createVerifiedReplication,
  insertStock,
  type VerifiedReplication,
} from './support/verified-replication.js';

let replication: VerifiedReplication;
let verify: Verify;
/** Tables of which digests were asked for, in order. */
let digested: string[] = [];
let onDigest = (_table: string): void => undefined;
let stopListening: () => void;

const digestQuestion = z.object({ table: z.string() });

beforeAll(async () => {
  replication = await createVerifiedReplication(async (source) => {
    await insertStock(source, 'x', 500);
    await source.query("INSERT INTO answers VALUES ('one', 'x1', '{}')");
    await source.query("INSERT INTO lines_of_orders VALUES ('o1', 'x1', 1)");
  });
  const subject = verifySubject('digest', replication.move.capability, 'monolith');
  stopListening = listenJson(
    replication.nats,
    subject,
    digestQuestion,
    ({ table }) => {
      if (digested.at(-1) !== table) digested.push(table);
      onDigest(table);
    },
    () => undefined,
  );
  await replication.nats.flush();
});
afterAll(async () => {
  stopListening();
  await replication.end();
});

/** Ends a verification when it has come to the second table. */
async function endedHalfWay(): Promise<void> {
  digested = [];
  verify = verifyBothSides(replication.nats);
  const asking = new AbortController();
  onDigest = (table) => table === 'lines_of_orders' && asking.abort();
  await verify(replication.move.capability, asking.signal);
  onDigest = () => undefined;
  expect(digested).toEqual(['stock_levels', 'lines_of_orders']);
  digested = [];
}

describe('a verification that was ended half way', () => {
  it('does not compare again what it has compared', async () => {
    await endedHalfWay();
    expect(await verify(replication.move.capability)).toMatchObject({ ok: true });
    expect(digested).toEqual(['lines_of_orders', 'answers']);
  });

  it('finds what differs in the rest', async () => {
    await endedHalfWay();
    await replication.plant('service', "UPDATE answers SET body = '[]' WHERE answer = 'one'");
    expect(await verify(replication.move.capability)).toMatchObject({ ok: false, detail: '1 rows differ' });
    await replication.plant('service', "UPDATE answers SET body = '{}' WHERE answer = 'one'");
  });

  it('compares everything the next time', async () => {
    await endedHalfWay();
    await verify(replication.move.capability);
    digested = [];
    await verify(replication.move.capability);
    expect(digested).toEqual(['stock_levels', 'lines_of_orders', 'answers']);
  });
});

describe('a verification that could not settle a row', () => {
  it('asks only for that row again, and says what it finds', async () => {
    const { capability } = replication.move;
    const unsettled = [
      { table: 'stock_levels', monolithTable: 'stock_items', key: ['x7'], bucket: 1, why: 'it moved' },
    ];
    digested = [];
    expect(await replication.verify({ from: 'end', unsettled })).toMatchObject({
      ...{ capability, outcome: 'equal', unconfirmed: [], tables: [] },
    });
    await replication.plant('service', "UPDATE stock_levels SET on_hand = 77 WHERE product_id = 'x7'");
    expect(await replication.verify({ from: 'end', unsettled })).toMatchObject({
      outcome: 'different',
      differences: [{ key: ['x7'], monolithTable: 'stock_items' }],
    });
    expect(digested).toEqual([]);
    await replication.plant('service', "UPDATE stock_levels SET on_hand = 9 WHERE product_id = 'x7'");
  });
});
