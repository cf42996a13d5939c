import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const script = join(import.meta.dirname, '../compose/answers-ok.sh');
let server: Server;
let port: number;

beforeAll(async () => {
  const statuses: Record<string, number> = { '/ready': 200, '/created': 201, '/away': 503, '/moved': 302 };
  server = createServer(({ url = '' }, response) => {
    if (url === '/cut') response.destroy();
    else response.writeHead(statuses[url] ?? 404).end('an answer');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => void server.close());

async function check(at: number, path: string): Promise<number | null> {
  // Nothing but bash: an image has few programs.
  const child = spawn('bash', [script, String(at), path], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe('the health check of containers', () => {
  it('succeeds on 200 alone', async () => {
    expect(await check(port, '/ready')).toBe(0);
    for (const path of ['/created', '/away', '/moved', '/nowhere', '/cut'])
      expect([path, await check(port, path)]).toEqual([path, 1]);
  });

  it('fails where nothing listens', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const free = (other.address() as AddressInfo).port;
    other.close();
    await once(other, 'close');
    expect(await check(free, '/ready')).not.toBe(0);
  });
});
