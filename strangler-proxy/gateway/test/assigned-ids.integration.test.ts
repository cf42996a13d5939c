import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineEndpoint } from '#contracts/http/endpoint.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import { readRoute } from '#platform/http/route.js';
import { idHeader, signatureHeader, signId } from '#platform/crypto/assigned-id.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask } from './support/http-client.js';

const gateways = gatewaysForTest();
const signingKey = 'a key of the test, shared by all its processes';
let servers: Server[];
let program: string;
let withoutKey: string;
let url: string;

const create = defineEndpoint({
  capability: 'things',
  verb: 'create',
  method: 'POST',
  path: '/things',
  summary: 'Creates a thing',
  params: z.object({}),
  query: z.object({}),
  body: z.unknown(),
  answers: {},
  problems: [],
});

/** A program that answers with the id that it was given. */
async function startProgram(key: string | undefined): Promise<string> {
  const app = createHttpApp({
    logger: createLogger('test', 'silent'),
    routes: [
      readRoute(create, ({ assignedId }) =>
        Promise.resolve({ status: 201, body: { id: assignedId ?? 'none' } }),
      ),
    ],
    ready: () => Promise.resolve(),
    explain: (error) => error,
    signingKey: key,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  servers = [];
  program = await startProgram(signingKey);
  withoutKey = await startProgram(undefined);
  const endpoints = [{ endpoint: 'POST /things', capability: 'things', key: 'new' }];
  url = (await gateways.start({ monolith: program, signingKey, endpoints })).url;
});

afterAll(async () => {
  await gateways.end();
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

async function idFrom(base: string, headers: Record<string, string> = {}, path = '/things'): Promise<string> {
  const { body } = await ask(`${base}${path}`, { method: 'POST', headers });
  return (JSON.parse(body) as { id: string }).id;
}

const forged = (path: string, key = 'x'.repeat(40), method = 'POST') => ({
  [idHeader]: 'chosen-by-the-client',
  [signatureHeader]: signId(key, { id: 'chosen-by-the-client', method, path }),
});

describe('the id of what a request creates', () => {
  it('is made by the gateway, anew for each request', async () => {
    const [one, other] = [await idFrom(url), await idFrom(url, {}, '/things?x=1')];
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(other).not.toBe(one);
  });

  it('follows from the Idempotency-Key, so that a retry creates the same thing', async () => {
    const key = { 'Idempotency-Key': 'first' };
    expect(await idFrom(url, key)).toBe(chooseId('things', 'first'));
    expect(await idFrom(url, key)).toBe(await idFrom(url, key, '/things?again'));
  });

  it.each([
    ['as it is', forged('/things')],
    ['well signed, even', forged('/things', signingKey)],
    ['under an alias', { X_Strangler_Id: 'mine', X_Strangler_Signature: 'mine' }],
    ['named in Connection', { ...forged('/things'), Connection: `${idHeader}, ${signatureHeader}` }],
  ])('is not chosen by the client: %s', async (_name, headers) => {
    expect(await idFrom(url, headers)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });
});

describe('a program', () => {
  it('takes an id that is signed with its key for this very request', async () => {
    expect(await idFrom(program, forged('/things', signingKey))).toBe('chosen-by-the-client');
    expect(await idFrom(program, forged('/things', signingKey), '/things?x=1')).toBe('chosen-by-the-client');
  });

  it.each([
    ['signed with another key', forged('/things')],
    ['signed for another path', forged('/others', signingKey)],
    ['signed for another method', forged('/things', signingKey, 'PUT')],
    ['not signed', { [idHeader]: 'mine' }],
    ['signed with nonsense', { [idHeader]: 'mine', [signatureHeader]: '%%%' }],
    ['another one than was signed', { ...forged('/things', signingKey), [idHeader]: 'mine' }],
  ])('ignores an id that is %s', async (_name, headers) => {
    expect(await idFrom(program, headers)).toBe('none');
  });

  it('without the key ignores all ids', async () => {
    expect(await idFrom(withoutKey, forged('/things', signingKey))).toBe('none');
  });
});
