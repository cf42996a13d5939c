import { once } from 'node:events';
import { Agent } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { type WebSocket, WebSocketServer, WebSocket as Client } from 'ws';
import { eventually } from './support/eventually.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { startUpstream } from './support/upstream.js';

/** A connection that is taken all the same is closed: the gateway would wait for its request. */
async function expectRefused(url: string): Promise<void> {
  const connection = await connectRaw(url).catch((error: unknown) => String(error));
  if (typeof connection !== 'string') connection.socket.destroy();
  expect(connection).toContain('ECONNREFUSED');
}

describe('a gateway that is told to end', () => {
  it('finishes what is in flight, says that it is not ready, and takes no more connections', async () => {
    const gateways = gatewaysForTest();
    const waiting: (() => void)[] = [];
    const monolith = await startUpstream((_incoming, response) => {
      response.writeHead(200);
      response.write('first ');
      waiting.push(() => response.end('and last'));
    });
    const { url, adminUrl, drain } = await gateways.start({
      monolith: monolith.url,
      // So long a limit that an end before it is the end of what idle connections are given.
      drain: { delay: '200ms', idle: '200ms', limit: '1h' },
    });
    expect((await ask(`${adminUrl}/health/ready`)).status).toBe(200);
    const slow = ask(url);
    await eventually(() => expect(waiting).toHaveLength(1));
    const idle = await connectRaw(url);
    const drained = drain();
    expect((await ask(`${adminUrl}/health/ready`)).status).toBe(503);
    expect((await ask(`${adminUrl}/health/live`)).status).toBe(200);
    await eventually(() => expectRefused(url));
    waiting[0]?.();
    expect(await slow).toMatchObject({ status: 200, body: 'first and last' });
    await Promise.all([drained, idle.closed]);
    await gateways.end();
    await monolith.kill();
  });

  it('answers a request that comes on an idle connection while it ends, and closes that connection', async () => {
    const gateways = gatewaysForTest();
    const monolith = await startUpstream((_incoming, response) => void response.end('ok'));
    const { url, drain } = await gateways.start({
      monolith: monolith.url,
      drain: { idle: '60s', limit: '60s' },
    });
    const connection = await connectRaw(url);
    const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    connection.send(request);
    await eventually(() => expect(connection.received()).toContain('ok'));
    const drained = drain();
    await eventually(() => expectRefused(url));
    connection.send(request);
    await Promise.all([connection.closed, drained]);
    expect(connection.received()).toMatch(/200 OK.*keep-alive.*ok.*200 OK.*Connection: close.*ok$/is);
    await gateways.end();
    await monolith.kill();
  });

  it('cuts no request under load: each is answered in full, or was never begun', async () => {
    const gateways = gatewaysForTest();
    const body = 'x'.repeat(10_000);
    const monolith = await startUpstream(
      (_incoming, response) => void setTimeout(() => response.end(body), 5),
    );
    const pair = [
      await gateways.start({ monolith: monolith.url, drain: { limit: '60s' } }),
      await gateways.start({ monolith: monolith.url, drain: { limit: '60s' } }),
    ] as const;
    let ended = false;
    let answered = 0;
    let moved = 0;
    const failures: unknown[] = [];
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      // What a load balancer does: on a connection that is refused, the other one.
      for (let turn = 0; !ended;) {
        try {
          const answer = await ask((pair[turn % 2] ?? pair[0]).url, { agent });
          if (answer.status !== 200 || answer.body !== body) failures.push(answer.status);
          answered += 1;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') failures.push(error);
          turn += 1;
          moved += 1;
        }
      }
      agent.destroy();
    };
    const clients = Array.from({ length: 16 }, client);
    await eventually(() => expect(answered).toBeGreaterThan(300));
    await pair[0].drain();
    const since = answered;
    await eventually(() => expect(answered).toBeGreaterThan(since + 300));
    ended = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(moved).toBeGreaterThanOrEqual(16);
    await gateways.end();
    await monolith.kill();
  });

  it('waits no longer than it is allowed to', async () => {
    const gateways = gatewaysForTest();
    const monolith = await startUpstream(() => undefined);
    const { url, drain } = await gateways.start({ monolith: monolith.url, drain: { limit: '200ms' } });
    const stuck = ask(url).catch((error: unknown) => String(error));
    await eventually(() => expect(monolith.requests()).toBe(1));
    await drain();
    expect(await stuck).toMatch(/hang up|ECONNRESET/);
    await gateways.end();
    await monolith.kill();
  });
});

describe('a WebSocket', () => {
  it('passes through both ways, with the headers of its handshake as for any request', async () => {
    const gateways = gatewaysForTest();
    const monolith = await startUpstream((_incoming, response) => void response.end('plain'));
    const sockets = new WebSocketServer({ server: monolith.server });
    const handshakes: Record<string, unknown>[] = [];
    sockets.on('connection', (socket: WebSocket, request) => {
      handshakes.push(request.headers);
      socket.on('message', (data: Buffer, binary) =>
        socket.send(Buffer.concat([Buffer.from('echo '), data]), { binary }),
      );
    });
    const { url, drain } = await gateways.start({ monolith: monolith.url, drain: { limit: '200ms' } });
    const client = new Client(`${url.replace('http', 'ws')}/live?x=1`, {
      headers: { 'X-Strangler-Owner': 'service', 'X-Forwarded-For': '6.6.6.6', 'X-Own': 'kept' },
    });
    await once(client, 'open');
    client.send('hello');
    expect(String((await once(client, 'message'))[0])).toBe('echo hello');
    expect(handshakes[0]).toMatchObject({
      'x-own': 'kept',
      'x-forwarded-for': '127.0.0.1',
      connection: 'Upgrade',
    });
    expect(handshakes[0]).not.toHaveProperty('x-strangler-owner');
    const closed = once(client, 'close');
    await Promise.all([drain(), closed]);
    sockets.close();
    await gateways.end();
    await monolith.kill();
  });

  it('is the only upgrade: a wish for another protocol is ignored, and gets no channel past the checks', async () => {
    const gateways = gatewaysForTest();
    const seen: Record<string, unknown>[] = [];
    const monolith = await startUpstream((incoming, response) => {
      seen.push(incoming.headers);
      response.end('plain');
    });
    const { url } = await gateways.start({ monolith: monolith.url });
    const wish = await connectRaw(url);
    wish.send(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    );
    await eventually(() => expect(wish.received()).toMatch(/^HTTP\/1.1 200 OK\r\n.*plain/s));
    wish.socket.destroy();
    expect(seen[0]).not.toHaveProperty('upgrade');
    expect(seen[0]).not.toHaveProperty('http2-settings');
    expect(seen).toHaveLength(1);
    await gateways.end();
    await monolith.kill();
  });

  it('gets 502 when the upstream can not be reached', async () => {
    const gateways = gatewaysForTest();
    const monolith = await startUpstream(() => undefined);
    const { url } = await gateways.start({ monolith: monolith.url });
    await monolith.kill();
    const client = new Client(url.replace('http', 'ws'));
    const [error] = (await once(client, 'error')) as [Error];
    expect(error.message).toContain('502');
    await gateways.end();
  });
});
