import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import type { Sequelize } from 'sequelize';
import request from 'supertest';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import {
  startTestNotifications,
  type TestNotifications,
} from '../../extracted/notifications/test/start-test-notifications.js';
import { newEmail } from '../../legacy-monolith/test/shop-client.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { notifications as move } from '../../migrations/moves/notifications.js';
import { grantByHand, handOverByHand } from '../support/hand-over-by-hand.js';
import { type SlowMailServer, slowMailServer } from '../support/slow-mail-server.js';
import { until } from '../support/until.js';

let mail: SlowMailServer;
let monolith: TestMonolith;
let service: TestNotifications;
let apps: Record<Side, Express>;
let databases: Record<Side, Sequelize>;

beforeEach(async () => {
  mail = await slowMailServer();
  monolith = await startTestMonolith({ smtpUrl: mail.smtpUrl });
  service = await startTestNotifications({ smtpUrl: mail.smtpUrl, released: true });
  apps = { monolith: monolith.app, service: service.app };
  databases = { monolith: monolith.database, service: service.database };
});
afterEach(async () => {
  mail.carryOn();
  await Promise.all([monolith.stop(), service.stop()]);
  await mail.stop();
});

const moveTo = (side: Side, id: string) => handOverByHand(databases, move, [id], side);
const notify = (side: Side, body: object, key: string) =>
  request(apps[side]).post('/notifications').set('idempotency-key', key).send(body);
const message = (to = newEmail()) => ({ channel: 'email', to, template: 'message', data: { text: 'Hello' } });
const read = async (side: Side, id: string) => (await request(apps[side]).get(`/notifications/${id}`)).body;
const untilSent = (side: Side, id: string) =>
  until('it is sent', async () => (await read(side, id)).status === 'SENT');

describe.each(['monolith', 'service'] as const)('a mail that the %s is sending', (side) => {
  const other = otherSide(side);

  it('goes out once although its bucket goes: the hand-over waits for it', async () => {
    const key = randomUUID();
    const id = deriveId('notifications', key);
    await moveTo(side, id);
    mail.hold();
    await notify(side, message(), key).expect(202);
    await until('it is on its way', () => mail.begun() > 0);
    let moved = false;
    const moving = moveTo(other, id).then(() => (moved = true));
    await until('the release waits', () => runs(side, 'UPDATE notifications_ownership%'));
    expect(moved).toBe(false);
    mail.carryOn();
    await moving;
    expect(await read(other, id)).toMatchObject({ status: 'SENT', attempts: 1, version: 2 });
    await nothingElseIsSent();
    expect(mail.taken()).toBe(3);
  });

  it('is sent by the next owner at once when it had not begun', async () => {
    const key = randomUUID();
    const id = deriveId('notifications', key);
    await moveTo(side, id);
    // Somebody of this side has it in hand, as far as can be seen from here.
    await databases[side].query(
      `INSERT INTO notification_leases VALUES (?, 'the former owner', UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)`,
      { replacements: [id] },
    );
    await notify(side, message(), key).expect(202);
    await moveTo(other, id);
    await untilSent(other, id);
    await nothingElseIsSent();
    expect(mail.taken()).toBe(3);
  });

  it('is not sent by who does not own it, and what its bucket brings back is not sent again', async () => {
    const key = randomUUID();
    const id = deriveId('notifications', key);
    await moveTo(side, id);
    await notify(side, message(), key).expect(202);
    await untilSent(side, id);
    await moveTo(other, id);
    await notify(side, message(), key).expect(421);
    await moveTo(side, id);
    await nothingElseIsSent();
    expect(mail.taken()).toBe(3);
  });

  it('goes out once when its bucket goes just before it is begun', async () => {
    const id = randomUUID();
    await moveTo(side, id);
    const releasing = await databases[side].transaction();
    await databases[side].query(
      "UPDATE notifications_ownership SET state = 'released', epoch = epoch + 1 WHERE bucket = ?",
      { replacements: [bucketOfKey('notifications', id)], transaction: releasing },
    );
    await queueByHand(side, id);
    await until('the sender waits for the ownership', () => runs(side, 'SELECT bucket FROM%SHARE MODE'));
    await releasing.commit();
    await grantByHand(databases, move, [id], other);
    await untilSent(other, id);
    await nothingElseIsSent();
    expect(mail.taken()).toBe(3);
  });

  it('is left alone by the other side, which has a copy of it', async () => {
    const id = randomUUID();
    await moveTo(side, id);
    await queueByHand(other, id);
    await nothingElseIsSent();
    expect(mail.taken()).toBe(2);
    expect((await read(other, id)).status).toBe('QUEUED');
  });

  it('about an order is told once, whichever side is asked again', async () => {
    const orderId = randomUUID();
    const wanted = { ...message(), template: 'order-confirmed', orderId };
    const id = deriveId('notifications', orderId, 'order-confirmed', 'email');
    await moveTo(side, id);
    expect((await notify(side, wanted, randomUUID()).expect(202)).body.notificationId).toBe(id);
    await untilSent(side, id);
    await moveTo(other, id);
    await notify(side, wanted, randomUUID()).expect(421);
    expect((await notify(other, wanted, randomUUID()).expect(202)).body).toMatchObject({
      ...{ notificationId: id, status: 'SENT', version: 2 },
    });
    await nothingElseIsSent();
    expect(mail.taken()).toBe(3);
  });
});

/** A mail that each side owns is sent: so both have looked into their queues, and left out what else is there. */
async function nothingElseIsSent(): Promise<void> {
  for (const side of ['monolith', 'service'] as const) {
    const key = randomUUID();
    const id = deriveId('notifications', key);
    await moveTo(side, id);
    await notify(side, message(), key).expect(202);
    await untilSent(side, id);
  }
}

/** A row that is due, as replication or a write of long ago leaves it. */
async function queueByHand(side: Side, id: string): Promise<void> {
  const now = '2010-12-01 08:26:00.000';
  const row = {
    ...{ notification_id: id, channel: 'email', recipient: newEmail(), template: 'message', order_id: null },
    ...{
      data: '{"text":"Hello"}',
      status: 'QUEUED',
      attempts: 0,
      next_attempt_at: now,
      unanswered: 0,
      version: 1,
    },
    ...{ created_at: now, updated_at: now },
  };
  const mapped = side === 'monolith' ? row : move.tables[0]!.toService(row);
  await databases[side].query(`INSERT INTO notifications (${Object.keys(mapped).join(', ')}) VALUES (?)`, {
    replacements: [Object.values(mapped)],
  });
}

/** Does somebody else run, or wait for a row in, a statement like this? */
async function runs(side: Side, statement: string): Promise<boolean> {
  const [rows] = await databases[side].query(
    `SELECT 1 FROM information_schema.processlist
     WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE ?`,
    { replacements: [statement] },
  );
  return rows.length > 0;
}
