import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { choosePort, isPortFree } from './choose-port.js';

const none: ReadonlySet<number> = new Set();
const allFree = () => Promise.resolve(true);
const busy =
  (...ports: number[]) =>
  (port: number) =>
    Promise.resolve(!ports.includes(port));

describe('choosing a port', () => {
  it('takes the documented one', async () => {
    expect(await choosePort({ wanted: 8080, before: undefined }, none, allFree)).toBe(8080);
  });

  it('takes the next free one when it is in use', async () => {
    expect(await choosePort({ wanted: 8080, before: undefined }, none, busy(8080, 8081))).toBe(8082);
  });

  it('takes none that another process of the same system was just given', async () => {
    expect(await choosePort({ wanted: 4200, before: undefined }, new Set([4200, 4201]), allFree)).toBe(4202);
  });

  it('keeps the port of an earlier start, even when the documented one is free again', async () => {
    expect(await choosePort({ wanted: 8080, before: 8083 }, none, allFree)).toBe(8083);
  });

  it('gives up the port of an earlier start when somebody else has it by now', async () => {
    expect(await choosePort({ wanted: 8080, before: 8083 }, none, busy(8083))).toBe(8080);
  });

  it('stays below the ports of outgoing connections where any will do', async () => {
    const port = await choosePort({ wanted: 'any', before: undefined }, none, allFree);
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
  });

  it('says so when no port is free', async () => {
    const wish = { wanted: 8080, before: undefined };
    await expect(choosePort(wish, none, () => Promise.resolve(false))).rejects.toThrow('no free port');
  });
});

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
