import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Transaction } from 'sequelize';
import request from 'supertest';
import { createLogger } from '#platform/telemetry/logger.js';
import { AwaitedReplies } from '#platform/mail/awaited-replies.js';
import type { SendMessage } from '#platform/mail/send-message.js';
import { defineNotificationTable } from '../modules/notifications/notification-table.js';
import { sendNotifications } from '../modules/notifications/send-notifications.js';
import { until } from '../../tests/support/until.js';
import { mailsTo, newEmail, shopClient } from './shop-client.js';
import { ownMailServer, stubbornSmtpServer } from './start-mail-servers.js';
import { startTestMonolith, type TestMonolith } from './start-test-monolith.js';
import { startTestShop, type TestShop } from './start-test-shop.js';

let running: TestShop;
let monolith: TestMonolith;
let shop: TestShop['shop'];

beforeAll(async () => {
  running = await startTestShop();
  ({ monolith, shop } = running);
});
afterAll(() => running.stop());

const notify = (body: object, { app } = monolith) => request(app).post('/notifications').send(body);
const message = (to: string, text = 'Hello') => ({
  channel: 'email',
  to,
  template: 'message',
  data: { subject: 'News', text },
});
const read = async (id: string, { app } = monolith) =>
  (await request(app).get(`/notifications/${id}`).expect(200)).body;

describe('a notification by email', () => {
  it('is queued, sent, and tells so', async () => {
    const email = newEmail();
    const answer = await notify(message(email)).expect(202);
    const { notificationId } = answer.body;
    expect(answer.body).toMatchObject({
      to: email,
      status: 'QUEUED',
      attempts: 0,
      version: 1,
      orderId: null,
    });
    expect(answer.headers['location']).toBe(`/notifications/${notificationId}`);
    await until(async () => (await read(notificationId)).status === 'SENT');
    expect(await read(notificationId)).toMatchObject({ attempts: 1, version: 2 });
    expect(await mailsTo(email)).toMatchObject([
      {
        subject: 'News',
        text: expect.stringContaining('Hello'),
        headers: { 'message-id': `<${notificationId}@notifications.shop>` },
      },
    ]);
  });

  it('needs a text if it is a message', async () => {
    const answer = await notify({ ...message(newEmail()), data: {} }).expect(400);
    expect(answer.body.errors).toMatchObject([{ path: 'data.text' }]);
  });

  it.each([
    ['no address', { ...message('nobody') }],
    ['an unknown template', { ...message('a@example.com'), template: 'love-letter' }],
    ['a channel of its own', { ...message('a@example.com'), channel: 'pigeon' }],
  ])('is refused with %s', async (_what, body) => {
    await notify(body).expect(400);
  });

  it('tells an order once, whoever asks', async () => {
    const email = newEmail();
    await shop.givenProduct('stamp', 5);
    const { orderId } = (await shop.place({ items: { stamp: 1 }, contact: { email } }).expect(201)).body;
    const again = { channel: 'email', to: email, template: 'order-confirmed', data: { orderId }, orderId };
    const answers = await Promise.all(Array.from({ length: 4 }, () => notify(again).expect(202)));
    const [first] = await shop.notifications(orderId);
    expect(new Set(answers.map(({ body }) => body.notificationId))).toEqual(new Set([first!.notificationId]));
    await until(async () => (await shop.notifications(orderId)).every(({ status }) => status === 'SENT'));
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it('may say several things about an order', async () => {
    const orderId = randomUUID();
    await notify({ ...message(newEmail(), 'one'), orderId }).expect(202);
    await notify({ ...message(newEmail(), 'two'), orderId }).expect(202);
    expect(await shop.notifications(orderId)).toHaveLength(2);
  });
});

describe('a notification by text message', () => {
  it('goes to a customer without an email address', async () => {
    await shop.givenProduct('phone', 5);
    const phone = '+441632960977';
    const { orderId } = (await shop.place({ items: { phone: 1 }, contact: { phone } }).expect(201)).body;
    await until(async () => (await shop.notifications(orderId))[0]?.status === 'SENT');
    const sent = await (await fetch(`${running.providers.url}/sms?to=${encodeURIComponent(phone)}`)).json();
    expect(sent).toMatchObject({ items: [{ text: expect.stringContaining(orderId) }] });
  });

  it('is not sent as well where there is an address', async () => {
    await shop.givenProduct('both', 5);
    const contact = { email: newEmail(), phone: '+441632960978' };
    const { orderId } = (await shop.place({ items: { both: 1 }, contact }).expect(201)).body;
    expect(await shop.notifications(orderId)).toMatchObject([{ channel: 'email' }]);
  });

  it('waits for its provider', async () => {
    await running.providers.goDown();
    const sms = { channel: 'sms', to: '+441632960979', template: 'message', data: { text: 'Hello' } };
    const { notificationId } = (await notify(sms).expect(202)).body;
    await until(async () => (await read(notificationId)).attempts > 0);
    await running.providers.comeBack();
    await until(async () => (await read(notificationId)).status === 'SENT');
  });
});

describe('while the mail server is down', () => {
  it('orders are placed, and their mails arrive once each when it is back', async () => {
    const mail = await ownMailServer();
    const lonely = await startTestMonolith({ providersUrl: running.providers.url, smtpUrl: mail.smtpUrl });
    const lonelyShop = shopClient(lonely.app);
    try {
      await lonelyShop.givenProduct('letter', 5);
      const emails = [newEmail(), newEmail(), newEmail()];
      const orders: string[] = [];
      for (const email of emails) {
        orders.push(
          (await lonelyShop.place({ items: { letter: 1 }, contact: { email } }).expect(201)).body.orderId,
        );
      }
      const tried = async () => (await lonelyShop.notifications(orders[2]!))[0]!.attempts > 0;
      await until(tried);
      expect((await lonelyShop.notifications(orders[2]!))[0]!.status).toBe('QUEUED');
      await mail.start();
      for (const orderId of orders) {
        await until(async () => (await lonelyShop.notifications(orderId))[0]!.status === 'SENT');
      }
      for (const email of emails) expect(await mailsTo(email, mail.mailUrl)).toHaveLength(1);
    } finally {
      await lonely.stop();
      await mail.stop();
    }
  });
});

describe('a mail server that refuses the recipient', () => {
  it.each([
    ['for good ends the attempts', '550 no such user', 'FAILED'],
    ['for now is asked again', '451 try later', 'QUEUED'],
  ])('%s', async (_what, line, status) => {
    const server = await stubbornSmtpServer(line);
    const refused = await startTestMonolith({ smtpUrl: server.smtpUrl });
    try {
      const { notificationId } = (await notify(message('gone@example.com'), refused).expect(202)).body;
      await until(async () => (await read(notificationId, refused)).attempts > 0);
      expect((await read(notificationId, refused)).status).toBe(status);
      await until(async () => status === 'FAILED' || server.calls() > 1);
      expect(server.calls() > 1).toBe(status === 'QUEUED');
    } finally {
      await refused.stop();
      await server.stop();
    }
  });
});

describe('several instances', () => {
  it('send each mail once', async () => {
    const { databaseUrl } = monolith;
    const second = await startTestMonolith({ databaseUrl, providersUrl: running.providers.url });
    try {
      const emails = Array.from({ length: 24 }, newEmail);
      await Promise.all(
        emails.map((email, n) => notify(message(email), n % 2 ? monolith : second).expect(202)),
      );
      const count = async (email: string) => (await mailsTo(email)).length;
      for (const email of emails) await until(async () => (await count(email)) > 0);
      // A mail has arrived before its sender has noted so: whoever would send it again does so by then.
      await until(async () => {
        const [queued] = await monolith.database.query("SELECT 1 FROM notifications WHERE status = 'QUEUED'");
        return queued.length === 0;
      });
      for (const email of emails) expect(await count(email)).toBe(1);
    } finally {
      await second.stop();
    }
  });

  it('take over what a dead one has claimed, when its lease has ended', async () => {
    const email = newEmail();
    const id = randomUUID();
    await monolith.database.query(
      `INSERT INTO notification_leases VALUES (?, 'the dead', UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)`,
      { replacements: [id] },
    );
    await monolith.database.query(
      `INSERT INTO notifications VALUES (?, 'email', ?, 'message', '{"text":"Hello"}', NULL, 'QUEUED', 0,
         UTC_TIMESTAMP(3), 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 0)`,
      { replacements: [id, email] },
    );
    // The senders have looked, and left it.
    const { notificationId } = (await notify(message(newEmail())).expect(202)).body;
    await until(async () => (await read(notificationId)).status === 'SENT');
    expect(await read(id)).toMatchObject({ status: 'QUEUED', attempts: 0 });
    await monolith.database.query("UPDATE notification_leases SET ends_at = '2010-12-01'");
    await until(async () => (await read(id)).status === 'SENT');
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it('do not write down what has become the business of another', async () => {
    const idle = await startTestMonolith({ idle: true });
    try {
      const { notificationId } = (await notify(message(newEmail()), idle).expect(202)).body;
      const table = defineNotificationTable(idle.database);
      const tooSlow: SendMessage = async () => {
        await idle.database.query("UPDATE notification_leases SET holder = 'another'");
        return { result: 'sent' };
      };
      const context = {
        database: idle.database,
        logger: createLogger('test', 'silent'),
        clock: () => new Date(),
        recordEvent: () => {},
        say: () => Promise.reject(new Error('nothing happens here')),
        inUse: () => true,
        inTransaction: <Result>(work: (transaction: Transaction) => Promise<Result>) =>
          idle.database.transaction(work),
        inOrder: () => Promise.reject(new Error('nobody works on orders here')),
      };
      const senders = { email: tooSlow, sms: tooSlow };
      const work = { ...context, notifications: table, senders, replies: new AwaitedReplies() };
      await sendNotifications(work, 'email', new AbortController().signal);
      expect(await read(notificationId, idle)).toMatchObject({ status: 'QUEUED', attempts: 0, version: 1 });
    } finally {
      await idle.stop();
    }
  });
});
