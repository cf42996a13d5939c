import { describe, expect, it } from '@jest/globals';
import { choosePorts, type PortWish } from './choose-ports.js';
import type { PortUser, TakePort } from './reserve-port.js';

/** A machine on which these ports are in use. */
function machine(inUse: Record<number, PortUser> = {}) {
  const reserved = new Set<number>();
  const take: TakePort = (port) => {
    const usedBy = reserved.has(port) ? { system: 'this one' } : inUse[port];
    if (usedBy !== undefined) return Promise.resolve({ usedBy });
    reserved.add(port);
    return Promise.resolve({ release: () => void reserved.delete(port) });
  };
  return { take, reserved };
}

const busy = (...ports: number[]) =>
  Object.fromEntries(ports.map((port) => [port, 'another program' as const]));

const documented: PortWish[] = [
  { name: 'monolith', documented: 4100, before: undefined },
  { name: 'inventory', documented: 4101, before: undefined },
  { name: 'payments', documented: 4102, before: undefined },
];

const had = (name: string, before: number) =>
  documented.map((wish) => (wish.name === name ? { ...wish, before } : wish));

const anywhere = (before?: number): PortWish[] => [{ name: 'nats', documented: 'any', before }];

async function portsOf(wishes: readonly PortWish[], take: TakePort): Promise<Record<string, number>> {
  const chosen = await choosePorts(wishes, take);
  return Object.fromEntries(chosen.map(({ name, port }) => [name, port]));
}

describe('choosing ports', () => {
  it('takes the documented ones', async () => {
    expect(await portsOf(documented, machine().take)).toEqual({
      monolith: 4100,
      inventory: 4101,
      payments: 4102,
    });
  });

  it('moves one name only when one port is in use: the documented ports of others stay theirs', async () => {
    expect(await portsOf(documented, machine(busy(4100)).take)).toEqual({
      monolith: 4103,
      inventory: 4101,
      payments: 4102,
    });
  });

  it('gives no name the documented port of another, not even one that is in use', async () => {
    expect(await portsOf(documented, machine(busy(4100, 4101, 4103)).take)).toEqual({
      monolith: 4104,
      inventory: 4105,
      payments: 4102,
    });
  });

  it('keeps the port of an earlier start, even when the documented one is free again', async () => {
    expect(await portsOf(had('monolith', 4107), machine().take)).toMatchObject({ monolith: 4107 });
  });

  it('keeps the port of an earlier start before another name takes it', async () => {
    const wishes = had('payments', 4103);
    expect(await portsOf(wishes, machine(busy(4100)).take)).toMatchObject({ monolith: 4104, payments: 4103 });
  });

  it('returns to the documented port when the one of an earlier start is in use by now', async () => {
    const [first] = await choosePorts(had('monolith', 4107), machine(busy(4107)).take);
    expect(first).toMatchObject({ port: 4100, refused: { port: 4107, usedBy: 'another program' } });
  });

  it('says which system a port is in use by', async () => {
    const usedBy = { system: '/data' };
    const [first] = await choosePorts(documented, machine({ 4100: usedBy }).take);
    expect(first?.refused).toEqual({ port: 4100, usedBy });
  });

  it('stays below the ports of outgoing connections where any will do', async () => {
    const { nats } = await portsOf(anywhere(), machine().take);
    expect(nats).toBeGreaterThanOrEqual(20_000);
    expect(nats).toBeLessThan(32_000);
  });

  it('keeps a port where any will do, too', async () => {
    expect(await portsOf(anywhere(20_001), machine().take)).toEqual({ nats: 20_001 });
    expect((await portsOf(anywhere(20_001), machine(busy(20_001)).take))['nats']).not.toBe(20_001);
  });

  it('says so when no port is free, and keeps none of the others reserved', async () => {
    const free = machine();
    const take: TakePort = (port) =>
      port >= 4102 ? Promise.resolve({ usedBy: 'another program' }) : free.take(port);
    await expect(choosePorts(documented, take)).rejects.toThrow('payments: none of 200 ports is free');
    expect(free.reserved).toEqual(new Set());
  });
});
