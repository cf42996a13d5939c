import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { until } from '../../../../tests/support/until.js';
import { startTestProviders, type TestProviders } from './start-test-providers.js';

let providers: TestProviders;
let keys = 0;

beforeAll(async () => {
  providers = await startTestProviders();
});
afterAll(() => providers.stop());

const newKey = () => `charge-${++keys}`;
const order = { amount: 1299, currency: 'GBP', reference: 'order-1' };
const charge = (key: string, token: string, of: object = order) =>
  request(providers.url)
    .post('/charges')
    .set('idempotency-key', key)
    .send({ ...of, token });
const read = async (key: string) => (await request(providers.url).get(`/charges/${key}`)).body;
const end = (key: string, how: 'refund' | 'void') => request(providers.url).post(`/charges/${key}/${how}`);

describe('a charge', () => {
  it.each([
    ['tok_visa', 'CAPTURED', '4242', null],
    ['tok_chargeDeclined', 'DECLINED', '0002', 'card_declined'],
    ['tok_visa_of-a-test', 'CAPTURED', '4242', null],
    ['tok_fantasy', 'DECLINED', null, 'unknown_token'],
  ])('with %s is %s', async (token, status, last4, reason) => {
    const key = newKey();
    const answer = await charge(key, token).expect(201);
    expect(answer.body).toMatchObject({ key, ...order, status, last4, reason });
    expect(await read(key)).toEqual(answer.body);
  });

  it('happens once per key, however often and however simultaneously it is asked for', async () => {
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 6 }, () => charge(key, 'tok_visa')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect((await providers.charges()).filter((one) => one.key === key)).toHaveLength(1);
  });

  it('needs a key, and one for each content', async () => {
    await request(providers.url)
      .post('/charges')
      .send({ ...order, token: 'tok_visa' })
      .expect(400);
    const key = newKey();
    await charge(key, 'tok_visa').expect(201);
    const other = await charge(key, 'tok_visa', { ...order, amount: 1 }).expect(422);
    expect(other.body.code).toBe('idempotency_key_reused');
  });

  it('with tok_flaky fails twice, then is captured once', async () => {
    const key = newKey();
    await charge(key, 'tok_flaky').expect(500);
    await charge(key, 'tok_flaky').expect(500);
    await request(providers.url).get(`/charges/${key}`).expect(404);
    expect((await charge(key, 'tok_flaky').expect(201)).body.status).toBe('CAPTURED');
  });

  it('with tok_timeout is captured late', async () => {
    const key = newKey();
    const answer = charge(key, 'tok_timeout').then(({ body }) => body.status);
    await until(async () => (await read(key)).status === 'PROCESSING');
    expect((await charge(key, 'tok_timeout').expect(200)).body.status).toBe('PROCESSING');
    providers.captureLate();
    expect(await answer).toBe('CAPTURED');
  });
});

describe('a refund', () => {
  it('gives a captured charge back once', async () => {
    const key = newKey();
    await charge(key, 'tok_visa', { ...order, currency: 'CHF' });
    await end(key, 'refund').expect(200);
    expect((await end(key, 'refund').expect(200)).body.status).toBe('REFUNDED');
    const totals = await providers.totals();
    expect(totals.find(({ currency }) => currency === 'CHF')).toEqual({
      currency: 'CHF',
      captured: 1299,
      refunded: 1299,
      captures: 1,
      refunds: 1,
    });
  });

  it('is refused for what was never captured', async () => {
    const key = newKey();
    await charge(key, 'tok_chargeDeclined');
    expect((await end(key, 'refund').expect(409)).body.code).toBe('invalid_state');
    await end('nothing', 'refund').expect(404);
  });
});

describe('a void', () => {
  it('keeps a charge in process from being captured late', async () => {
    const key = newKey();
    const answer = charge(key, 'tok_timeout').then(({ body }) => body.status);
    await until(async () => (await read(key)).status === 'PROCESSING');
    expect((await end(key, 'void').expect(200)).body.status).toBe('VOIDED');
    providers.captureLate();
    expect(await answer).toBe('VOIDED');
    expect((await read(key)).status).toBe('VOIDED');
  });

  it('refuses a charge that arrives after it', async () => {
    const key = newKey();
    expect((await end(key, 'void').expect(200)).body.status).toBe('VOIDED');
    expect((await charge(key, 'tok_visa').expect(200)).body.status).toBe('VOIDED');
  });

  it('leaves what is captured as it is, and says so', async () => {
    const key = newKey();
    await charge(key, 'tok_visa');
    expect((await end(key, 'void').expect(200)).body.status).toBe('CAPTURED');
  });
});

describe('the ledger', () => {
  it('lists every charge once, oldest first, page by page', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 100; page++) {
      const { body }: request.Response = await request(providers.url)
        .get(`/ledger?limit=3${cursor && `&cursor=${cursor}`}`)
        .expect(200);
      seen.push(...body.items.map((item: { key: string }) => item.key));
      cursor = body.nextCursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual((await providers.charges()).map(({ key }) => key));
  });
});

describe('a text message', () => {
  const send = (key: string, text: string) =>
    request(providers.url).post('/sms').set('idempotency-key', key).send({ to: '+441632960961', text });

  it('is sent once per key', async () => {
    await send('sms-1', 'Hello').expect(201);
    await send('sms-1', 'Hello').expect(200);
    await send('sms-1', 'Good bye').expect(422);
    const { body } = await request(providers.url).get('/sms?to=%2B441632960961').expect(200);
    expect(body.items).toMatchObject([{ key: 'sms-1', text: 'Hello' }]);
    expect((await request(providers.url).get('/sms?to=%2B441632960962')).body.items).toEqual([]);
  });
});
