import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import request from 'supertest';
import {
  startTestProviders,
  type TestProviders,
} from '../../../deploy/sandboxes/providers/test/start-test-providers.js';
import { newEmail } from '../../../legacy-monolith/test/shop-client.js';
import { startTestMonolith } from '../../../legacy-monolith/test/start-test-monolith.js';
import { until } from '../../../tests/support/until.js';
import { startTestNotifications } from './start-test-notifications.js';

let providers: TestProviders;
/** Takes connections, and says nothing. */
let mailServer: Server;
let callers: Socket[] = [];

beforeAll(async () => {
  providers = await startTestProviders();
  mailServer = createServer((socket) => void callers.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const socket of callers) socket.destroy();
  await new Promise((resolve) => mailServer.close(resolve));
  await providers.stop();
});

describe.each([
  ['the service', startTestNotifications],
  ['the monolith', startTestMonolith],
])('while the mail server of %s hangs', (_name, start) => {
  it('text messages are sent', async () => {
    const smtpUrl = `smtp://127.0.0.1:${(mailServer.address() as AddressInfo).port}`;
    const notifications = await start({ providersUrl: providers.url, smtpUrl });
    callers = [];
    const notify = async (channel: string, to: string): Promise<string> => {
      const body = { channel, to, template: 'message', data: { text: `Hello ${randomUUID()}` } };
      return (await request(notifications.app).post('/notifications').send(body).expect(202)).body
        .notificationId;
    };
    const read = async (id: string) =>
      (await request(notifications.app).get(`/notifications/${id}`).expect(200)).body;
    try {
      const mails = await Promise.all(Array.from({ length: 6 }, () => notify('email', newEmail())));
      await until('mails are on their way', () => callers.length > 0);
      const text = await notify('sms', '+441632960001');
      await until('the text message is sent', async () => (await read(text)).status === 'SENT');
      expect((await Promise.all(mails.map(read))).map(({ attempts }) => attempts)).toEqual(
        mails.map(() => 0),
      );
    } finally {
      for (const socket of callers) socket.destroy();
      await notifications.stop();
    }
  });
});
