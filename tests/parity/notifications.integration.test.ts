import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import fc from 'fast-check';
import request from 'supertest';
import { notificationSchema, templateSchema } from '#contracts/shop/notifications.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { writeText as serviceText } from '../../extracted/notifications/domain/templates.js';
import {
  startTestNotifications,
  type TestNotifications,
} from '../../extracted/notifications/test/start-test-notifications.js';
import { writeText as monolithText } from '../../legacy-monolith/modules/notifications/templates.js';
import { mailsTo, newEmail } from '../../legacy-monolith/test/shop-client.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { until } from '../support/until.js';
import { type Command, expectAlike } from './support/both-sides.js';

let monolith: TestMonolith;
let notifications: TestNotifications;
let providers: [TestProviders, TestProviders];
let sides: [Express, Express];
/** The same programs, which only queue: so answers don't depend on how fast anything is sent. */
let idle: [TestMonolith, TestNotifications];
let idleSides: [Express, Express];

beforeAll(async () => {
  providers = [await startTestProviders(), await startTestProviders()];
  monolith = await startTestMonolith({ providersUrl: providers[0].url });
  notifications = await startTestNotifications({ providersUrl: providers[1].url });
  sides = [monolith.app, notifications.app];
  idle = [await startTestMonolith({ idle: true }), await startTestNotifications({ idle: true })];
  idleSides = [idle[0].app, idle[1].app];
});
afterAll(async () => {
  await Promise.all([monolith, notifications, ...idle].map((program) => program.stop()));
  await Promise.all(providers.map((provider) => provider.stop()));
});

const notify = (body: object | string, key: string = randomUUID()): Command => ({
  ...{ method: 'post', path: '/notifications', body },
  headers: { 'idempotency-key': key, 'content-type': 'application/json' },
});
const get = (path: string): Command => ({ method: 'get', path });
const message = (to = newEmail(), text = 'Hello') => ({
  ...{ channel: 'email', to, template: 'message', data: { subject: 'News', text } },
});
const expectSame = (command: Command) => expectAlike(idleSides, command);

describe('monolith and notifications service', () => {
  it('queue alike, and show it alike', async () => {
    const answer = await expectSame(notify(message()));
    expect(answer.status).toBe(202);
    notificationSchema.strict().parse(answer.body);
    await expectSame(get(`/notifications/${answer.body.notificationId}`));
    await expectSame({ method: 'head', path: `/notifications/${answer.body.notificationId}` });
  });

  it('remember answers under their keys alike', async () => {
    const command = notify(message(), 'once');
    await expectSame(command);
    expect((await expectSame(command)).headers['idempotency-replayed']).toBe('true');
    await expectSame(notify(message(), 'once'));
    for (const { database } of idle) await database.query('DELETE FROM notifications_idempotency');
    expect((await expectSame(command)).body.code).toBe('idempotency_key_reused');
  });

  it('tell an order once per template and channel, whatever key is used', async () => {
    const orderId = randomUUID();
    const wanted = { ...message(), template: 'order-shipped', orderId };
    const { notificationId } = (await expectSame(notify(wanted))).body;
    expect((await expectSame(notify({ ...wanted, to: newEmail() }))).body.notificationId).toBe(
      notificationId,
    );
    await expectSame(notify({ ...wanted, template: 'order-delivered' }));
    await expectSame(notify({ ...wanted, channel: 'sms', to: '+441632960960' }));
    await expectSame(notify({ ...wanted, template: 'message' }));
    await expectSame(notify({ ...wanted, template: 'message' }));
    expect((await expectSame(get(`/notifications?orderId=${orderId}`))).body.items).toHaveLength(5);
  });

  it.each([
    '/notifications?limit=0',
    '/notifications?limit=2&limit=3',
    '/notifications?cursor=abc',
    `/notifications?cursor=${Buffer.from('7').toString('base64url')}`,
    '/notifications?orderId=nobody',
    '/notifications?colour=red',
    '/notifications/nothing',
    '/notifications/a%20b',
    '/notifications/%zz',
    '/Notifications',
    '/notifications/x/elsewhere',
  ])('answer GET %s alike', async (path) => {
    await expectSame(get(path));
  });

  it.each<[string, object | string]>([
    ['nothing', {}],
    ['no address', { ...message('nobody') }],
    ['an unknown template', { ...message(), template: 'love-letter' }],
    ['a message without text', { ...message(), data: {} }],
    ['a message of blanks', message(undefined, '  ')],
    ['a channel of its own', { ...message(), channel: 'pigeon' }],
    ['data that is no value', { ...message(), data: { text: ['a'] } }],
    ['an unknown field', { ...message(), colour: 'red' }],
    ['broken JSON', '{"channel":'],
  ])('refuse %s alike', async (_what, body) => {
    expect((await expectSame(notify(body))).status).toBe(400);
  });

  it('answer other methods alike', async () => {
    for (const method of ['put', 'patch', 'delete'] as const) {
      await expectSame({ method, path: '/notifications', body: {} });
      await expectSame({ method, path: '/notifications/x', body: {} });
    }
  });

  it('list alike, in pages of any size', async () => {
    const orderId = randomUUID();
    for (let n = 0; n < 5; n++) await expectSame(notify({ ...message(), orderId }));
    // Where a page ends is in the cursor, with a time.
    const varying = ['createdAt', 'updatedAt', 'nextCursor'];
    for (const limit of [1, 2, 5, 200]) {
      const path = `/notifications?orderId=${orderId}&limit=${limit}`;
      await expectAlike(idleSides, get(path), varying);
    }
  });

  it('send the same mail, under the same Message-ID', async () => {
    const email = newEmail();
    const data = { orderId: 'o-1', amount: 1299, currency: 'GBP', carrier: 'DHL' };
    const command = notify({
      channel: 'email',
      to: email,
      template: 'order-confirmed',
      data,
      orderId: randomUUID(),
    });
    const { notificationId } = (await expectAlike(sides, command)).body;
    for (const app of sides) await until('it is sent', () => isSent(app, notificationId));
    const [one, other, ...more] = await mailsTo(email);
    expect(more).toEqual([]);
    const content = (mail: typeof one) => [mail?.subject, mail?.text, mail?.headers['message-id']];
    expect(content(other)).toEqual(content(one));
    await expectAlike(sides, get(`/notifications/${notificationId}`));
  });

  it('send the same text message', async () => {
    const sms = {
      channel: 'sms',
      to: '+441632960961',
      template: 'message',
      data: { text: 'x'.repeat(1_700) },
    };
    const { notificationId } = (await expectAlike(sides, notify(sms))).body;
    for (const app of sides) await until('it is sent', () => isSent(app, notificationId));
    const sent = await Promise.all(
      providers.map(async ({ url }) => (await (await fetch(`${url}/sms`)).json()) as { items: object[] }),
    );
    const [one, other] = sent.map(({ items }) => items.map((item) => ({ ...item, createdAt: '' })));
    expect(other).toEqual(one);
  });

  it('find the same words for anything', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
    );
    const names = ['orderId', 'amount', 'currency', 'carrier', 'trackingNumber', 'subject', 'text'];
    const data = fc.dictionary(fc.constantFrom(...names), value);
    const withMoney = fc.record({ amount: fc.nat(), currency: fc.constantFrom('GBP', 'JPY', 'KWD', 'gbp') });
    const any = fc.tuple(data, fc.option(withMoney)).map(([rest, money]) => ({ ...rest, ...money }));
    fc.assert(
      fc.property(fc.constantFrom(...templateSchema.options), any, (template, values) => {
        expect(serviceText(template, values)).toEqual(monolithText(template, values));
      }),
      { numRuns: 1_000 },
    );
  });
});

async function isSent(app: Express, notificationId: string): Promise<boolean> {
  return (await request(app).get(`/notifications/${notificationId}`)).body.status === 'SENT';
}
