import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { isPortFree } from './is-port-free.js';

describe('asking whether a port is free', () => {
  it.each(['127.0.0.1', '::'])('sees a program that listens on %s', async (host) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as { port: number };
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).toBe(true);
  });
});
