import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { notificationRequests } from '#contracts/shop/notification-requests.js';
import { askService } from '#platform/messaging/ask-service.js';
import { linkNats, type NatsLink } from '#platform/messaging/link-nats.js';
import { createLogger } from '#platform/telemetry/logger.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../../deploy/sandboxes/providers/test/start-test-providers.js';
import { mailsTo, newEmail } from '../../../legacy-monolith/test/shop-client.js';
import { ownMailServer, stubbornSmtpServer } from '../../../legacy-monolith/test/start-mail-servers.js';
import { testServers } from '../../../tests/support/servers.js';
import { startProgram } from '../../../tests/support/start-program.js';
import { until } from '../../../tests/support/until.js';
import { startTestNotifications, type TestNotifications } from './start-test-notifications.js';

let providers: TestProviders;
let notifications: TestNotifications;
let link: NatsLink;

beforeAll(async () => {
  const { natsUrl } = testServers();
  providers = await startTestProviders();
  notifications = await startTestNotifications({ providersUrl: providers.url, natsUrl });
  link = linkNats('test', natsUrl, createLogger('test', 'silent'));
  await until('NATS is there', () => link.connection() !== undefined);
});
afterAll(async () => {
  await link.close();
  await notifications.stop();
  await providers.stop();
});

const notify = (body: object, { app } = notifications) => request(app).post('/notifications').send(body);
const message = (to: string) => ({ channel: 'email', to, template: 'message', data: { text: 'Hello' } });
const read = async (id: string, { app } = notifications) =>
  (await request(app).get(`/notifications/${id}`).expect(200)).body;
const untilSent = (id: string, program = notifications) =>
  until('it is sent', async () => (await read(id, program)).status === 'SENT');

describe('a notification', () => {
  it('is queued, sent, and tells so', async () => {
    const email = newEmail();
    const { notificationId } = (await notify(message(email)).expect(202)).body;
    await untilSent(notificationId);
    expect(await read(notificationId)).toMatchObject({ attempts: 1, version: 2 });
    expect(await mailsTo(email)).toMatchObject([
      { headers: { 'message-id': `<${notificationId}@notifications.shop>` } },
    ]);
  });

  it('about an order is sent once, whoever asks how often and by which way', async () => {
    const email = newEmail();
    const orderId = randomUUID();
    const wanted = {
      channel: 'email',
      to: email,
      template: 'order-confirmed',
      data: { orderId },
      orderId,
    } as const;
    const ask = () => askService(link, notificationRequests.notify, wanted, 10_000);
    const [asked, posted] = await Promise.all([
      Promise.all([ask(), ask(), ask()]),
      Promise.all([notify(wanted), notify(wanted)]),
    ]);
    const { notificationId } = posted[0].body;
    expect(posted[1].body.notificationId).toBe(notificationId);
    for (const reply of asked) expect(reply).toMatchObject({ kind: 'answer', answer: { notificationId } });
    await untilSent(notificationId);
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it('about nothing that happens once can not be asked for over NATS', async () => {
    const wanted = { ...message(newEmail()), orderId: 'o' } as never;
    const reply = await askService(link, notificationRequests.notify, wanted, 10_000);
    expect(reply).toMatchObject({ kind: 'refused', error: { code: 'invalid_request' } });
  });

  it('by text message waits for its provider', async () => {
    await providers.goDown();
    const sms = { channel: 'sms', to: '+441632960979', template: 'message', data: { text: 'Hello' } };
    const { notificationId } = (await notify(sms).expect(202)).body;
    await until('it was tried', async () => (await read(notificationId)).attempts > 0);
    await providers.comeBack();
    await untilSent(notificationId);
    const { items } = (await (await fetch(`${providers.url}/sms`)).json()) as { items: { key: string }[] };
    expect(items.filter(({ key }) => key === notificationId)).toHaveLength(1);
  });
});

describe('while the mail server is down', () => {
  it('mails wait, and arrive once each when it is back', async () => {
    const mail = await ownMailServer();
    const lonely = await startTestNotifications({ smtpUrl: mail.smtpUrl });
    try {
      const emails = [newEmail(), newEmail(), newEmail()];
      const ids: string[] = [];
      for (const email of emails) {
        ids.push((await notify(message(email), lonely).expect(202)).body.notificationId);
      }
      await until('one was tried', async () => (await read(ids[2]!, lonely)).attempts > 0);
      expect((await read(ids[2]!, lonely)).status).toBe('QUEUED');
      await mail.start();
      for (const id of ids) await untilSent(id, lonely);
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
    const refused = await startTestNotifications({ smtpUrl: server.smtpUrl });
    try {
      const { notificationId } = (await notify(message('gone@example.com'), refused).expect(202)).body;
      await until('it was tried', async () => (await read(notificationId, refused)).attempts > 0);
      expect((await read(notificationId, refused)).status).toBe(status);
      await until('it is over, or tried again', () => status === 'FAILED' || server.calls() > 1);
    } finally {
      await refused.stop();
      await server.stop();
    }
  });
});

describe('several instances', () => {
  it('send each mail once', async () => {
    const { databaseUrl } = notifications;
    const second = await startTestNotifications({ databaseUrl, providersUrl: providers.url });
    try {
      const emails = Array.from({ length: 24 }, newEmail);
      const answers = await Promise.all(
        emails.map((email, n) => notify(message(email), n % 2 ? notifications : second).expect(202)),
      );
      for (const { body } of answers) await untilSent(body.notificationId);
      for (const email of emails) expect(await mailsTo(email)).toHaveLength(1);
    } finally {
      await second.stop();
    }
  });

  it('take over what a dead one was sending, when its lease has ended, and not before', async () => {
    const idle = await startTestNotifications({ idle: true });
    // Takes the mail and never says so.
    const server = await stubbornSmtpServer('');
    const victim = await startProgram(new URL('../main.ts', import.meta.url), {
      MYSQL_URL: idle.databaseUrl,
      NATS_URL: testServers().natsUrl,
      SMTP_URL: server.smtpUrl,
    });
    const { databaseUrl } = idle;
    try {
      const email = newEmail();
      const { notificationId } = (await notify(message(email), idle).expect(202)).body;
      await until('the victim is sending', () => server.calls() > 0);
      await victim.kill();
      const survivor = await startTestNotifications({ databaseUrl });
      try {
        const another = (await notify(message(newEmail()), idle).expect(202)).body.notificationId;
        await untilSent(another, idle);
        expect(await read(notificationId, idle)).toMatchObject({ status: 'QUEUED', attempts: 0 });
        await idle.database.query('UPDATE notification_leases SET ends_at = UTC_TIMESTAMP(3)');
        await untilSent(notificationId, idle);
        expect(await mailsTo(email)).toHaveLength(1);
      } finally {
        await survivor.stop();
      }
    } finally {
      await victim.kill();
      await server.stop();
      await idle.stop();
    }
  });
});
