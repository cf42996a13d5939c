import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { call } from './unleash-request.js';

let server: Server | undefined;

async function unleashThat(answers: RequestListener): Promise<string> {
  server = createServer(answers).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const access = (url: string) => ({
  url,
  token: 't',
  project: 'default',
  environment: 'development',
  timeoutMs: 300,
});

describe('a request to an Unleash', () => {
  it.each<[string, RequestListener]>([
    ['says nothing', () => undefined],
    ['stops in the middle of its answer', (_request, response) => void response.writeHead(200).write('{"a')],
    [
      'breaks its answer off',
      (_request, response) => void response.writeHead(200).write('{"a', () => response.destroy()),
    ],
  ])('that %s is not answered, and what it may have changed is not denied', async (_what, answers) => {
    const url = await unleashThat(answers);
    await expect(call(access(url), 'GET', 'x')).rejects.toMatchObject({
      code: 'not_reachable',
      message: expect.stringContaining('no flag was changed by this step'),
    });
    await expect(call(access(url), 'POST', 'x', {})).rejects.toMatchObject({
      code: 'not_reachable',
      message: expect.stringContaining('nobody knows whether this step has changed the flag'),
    });
  });

  it('that is not there has changed nothing', async () => {
    const url = await unleashThat(() => undefined);
    server?.close();
    await expect(call(access(url), 'POST', 'x', {})).rejects.toMatchObject({
      code: 'not_reachable',
      message: expect.stringContaining('no flag was changed by this step'),
    });
  });
});
