import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../../tests/support/until.js';
import { type ControlProcess, controlProcess } from './support/control-process.js';
import { type ControlledSystem, startControlledSystem } from './support/controlled-system.js';

let system: ControlledSystem;
let processes: ControlProcess[];
const why = { reason: 'a test' };

beforeAll(async () => {
  system = await startControlledSystem();
  const { capability, journal, upstreams } = system;
  const start = () => controlProcess(capability, journal.url, upstreams);
  processes = [await start(), await start()];
});

afterAll(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  await system.end();
});

async function leader(): Promise<ControlProcess> {
  let found: ControlProcess | undefined;
  await until('one leads', async () => {
    for (const one of processes) if (await one.leads().catch(() => false)) found = one;
    return found !== undefined;
  });
  return found!;
}

const other = (one: ControlProcess) => processes.find((process) => process !== one)!;

async function want(percent: number): Promise<void> {
  await until(`the wish for ${percent} % is taken`, async () => {
    const { status } = await system
      .ask(await leader(), 'POST', `/capabilities/${system.capability}/share`, { ...why, percent })
      .catch(() => ({ status: 0 }));
    return status === 200;
  });
}

async function untilSome(moved: (buckets: number) => boolean): Promise<void> {
  await until('some have moved', async () => moved((await system.look(await leader())).serviceBuckets));
}

describe('a leader', () => {
  it('that is killed in the middle is followed by the other one, there and back', async () => {
    await want(60);
    await untilSome((buckets) => buckets > 6);
    const first = await leader();
    await first.kill();
    const second = other(first);
    await system.untilOwned(second, 60);
    await first.start();
    await want(0);
    await untilSome((buckets) => buckets < 50);
    await second.kill();
    const view = await system.untilOwned(first, 0);
    expect(view.buckets.every(({ owner }) => owner === 'monolith')).toBe(true);
    await second.start();
  });

  it('that stands still for longer than its lease does no harm when it goes on', async () => {
    await want(40);
    await untilSome((buckets) => buckets > 6);
    const first = await leader();
    const standing = first.suspend(4_000);
    await system.untilOwned(other(first), 40);
    await standing;
    await until('it answers again', async () => (await system.look(first)).serviceBuckets === 40);
    await want(0);
    const view = await system.untilOwned(first, 0);
    expect(view.openHandOvers).toEqual([]);
  });
});
