import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { idHeader, signatureHeader, signId } from '#platform/crypto/assigned-id.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import { startTestMonolith, type TestMonolith } from './start-test-monolith.js';

const signingKey = 'shared by the gateways and the monolith';
let monolith: TestMonolith;

beforeAll(async () => {
  monolith = await startTestMonolith({ signingKey, idle: true });
});
afterAll(() => monolith.stop());

const notify = (headers: Record<string, string>) =>
  request(monolith.app)
    .post('/notifications')
    .set(headers)
    .send({
      channel: 'email',
      to: 'someone@shop.example',
      template: 'message',
      data: { subject: 'News', text: 'Hello' },
    })
    .expect(202);

const assigned = (id: string, path: string) => ({
  [idHeader]: id,
  [signatureHeader]: signId(signingKey, { id, method: 'POST', path }),
});

describe('what the monolith creates', () => {
  it('has the id that a gateway has signed for this request', async () => {
    const id = randomUUID();
    expect((await notify(assigned(id, '/notifications'))).body).toMatchObject({ notificationId: id });
  });

  it('has an id of its own choice where none was signed for it, from the Idempotency-Key if there is one', async () => {
    const [id, key] = [randomUUID(), randomUUID()];
    expect((await notify(assigned(id, '/orders'))).body).not.toMatchObject({ notificationId: id });
    const answer = await notify({ [idHeader]: id, 'idempotency-key': key });
    expect(answer.body).toMatchObject({ notificationId: chooseId('notifications', key) });
  });
});
