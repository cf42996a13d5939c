import { afterAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { defineEndpoint } from '#contracts/http/endpoint.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { createHttpApp } from '../create-http-app.js';

const field = z.union([z.string().max(10), z.number()]);
const endpoint = defineEndpoint({
  capability: 'notes',
  verb: 'add',
  method: 'POST',
  path: '/notes',
  summary: 'Keeps a note',
  params: z.strictObject({}),
  query: z.strictObject({}),
  body: z.strictObject({ data: z.record(z.string().max(5), field), names: z.array(field) }),
  answers: {},
  problems: [],
});

let kept = 0;

async function keep() {
  kept += 1;
  return { status: 201, body: {} };
}

const app = createHttpApp({
  logger: createLogger('test', 'silent'),
  routes: [{ endpoint, answer: keep }],
  ready: async () => undefined,
  explain: (error) => error,
});

afterAll(() => expect(kept).toBe(3));

const send = (body: string | Buffer, type: string) =>
  request(app).post('/notes').set('content-type', type).send(body);

describe('a body that no program should read', () => {
  it.each(['utf-16', 'utf-16le', 'utf-7', 'utf-32', 'iso-8859-1', 'us-ascii'])(
    'is refused in the character set %s, in which a key may read otherwise',
    async (charset) => {
      const { status, body } = await send('{"data":{},"names":[]}', `application/json; charset=${charset}`);
      expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
    },
  );

  it.each([
    [
      'as fields of an object',
      { data: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`key-${at}`, null])), names: [] },
    ],
    ['as elements of a list', { data: {}, names: Array.from({ length: 100_000 }, () => null) }],
    ['in lists of lists', { data: {}, names: Array.from({ length: 900 }, () => Array(100).fill(0)) }],
  ])('is refused with few words when it has a hundred thousand values: %s', async (_what, value) => {
    const { status, body, text } = await send(JSON.stringify(value), 'application/json');
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.errors).toHaveLength(1);
    expect(text.length).toBeLessThan(1_000);
  });

  it('is refused with at most fifty errors when each of its fields is wrong', async () => {
    const value = { data: {}, names: Array.from({ length: 900 }, () => null) };
    const { status, body } = await send(JSON.stringify(value), 'application/json');
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(50);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'application/json; charset="UTF-8"'])(
    'is read as %s when it is none of these',
    async (type) => {
      const { status } = await send('{"data":{"a":1},"names":["x"]}', type);
      expect(status).toBe(201);
    },
  );
});
