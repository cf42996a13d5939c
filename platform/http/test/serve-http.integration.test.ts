import { describe, expect, it } from '@jest/globals';
import { Agent, get } from 'node:http';
import { serveHttp } from '../serve-http.js';

interface Answered {
  status: number | undefined;
  connection: string | undefined;
}

function ask(port: number, agent: Agent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    get({ port, agent }, (answer) => {
      answer.resume().once('end', () => {
        resolve({ status: answer.statusCode, connection: answer.headers.connection });
      });
    }).once('error', reject);
  });
}

describe('a server that ends', () => {
  it('answers what comes on a connection that was kept alive, as the last request there', async () => {
    const server = await serveHttp((_request, response) => void response.end(), '127.0.0.1', 0);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await ask(server.port, agent)).toEqual({ status: 200, connection: 'keep-alive' });
    const closed = server.close();
    expect(await ask(server.port, agent)).toEqual({ status: 200, connection: 'close' });
    await expect(ask(server.port, agent)).rejects.toThrow('ECONNREFUSED');
    await closed;
  });

  it('does not wait for long for connections on which nothing comes', async () => {
    const server = await serveHttp((_request, response) => void response.end(), '127.0.0.1', 0);
    const agent = new Agent({ keepAlive: true });
    await ask(server.port, agent);
    await server.close();
    await expect(ask(server.port, new Agent())).rejects.toThrow('ECONNREFUSED');
  });
});
