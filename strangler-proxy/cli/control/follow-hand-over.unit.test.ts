import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import { notReachable } from '../output/exit-codes.js';
import type { ControlClient } from './control-client.js';
import { followHandOver } from './follow-hand-over.js';

const view = (more: Partial<CapabilityView>): CapabilityView => ({
  ...{
    capability: 'inventory',
    version: 1,
    state: 'moving',
    reasons: [],
    paused: null,
    completion: null,
    serviceBuckets: 0,
  },
  ...{ buckets: [], openHandOvers: [], steps: [], gates: [], recent: [] },
  wanted: { flag: 'inventory.owner', percent: 10, by: 'flag', refused: null },
  ...more,
});

function follow(looks: (CapabilityView | Error)[]) {
  const told: string[] = [];
  const control = {
    look: () => {
      const next = looks.length > 1 ? looks.shift()! : looks[0]!;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  } as unknown as ControlClient;
  const terminal = {
    print: () => undefined,
    tell: (text: string) => void told.push(text),
    progress: () => undefined,
    interactive: false,
    colours: pc.createColors(false),
  };
  const following = { capability: 'inventory', percent: 10, patience: 5_000, before: { recent: [] } };
  return { told, done: followHandOver(control, following, terminal, new AbortController().signal) };
}

describe('following a hand-over', () => {
  it('ends when the share is reached', async () => {
    const reached = view({ state: 'settled', serviceBuckets: 10 });
    await expect(follow([view({}), reached]).done).resolves.toBe(reached);
  });

  it('asks again while the control plane is away for a moment', async () => {
    const { told, done } = follow([notReachable('away'), view({ state: 'settled' })]);
    await expect(done).resolves.toMatchObject({ state: 'settled' });
    expect(told).toEqual([expect.stringContaining('it is asked again')]);
  });

  it('tells a reason once, though its figures change', async () => {
    const held = (lag: number) => view({ state: 'held', reasons: [`the replica is ${lag} ms behind`] });
    const { told, done } = follow([held(2000), held(2400), view({ state: 'settled' })]);
    await done;
    expect(told).toEqual(['! the replica is 2000 ms behind']);
  });

  it('gives up where a person has to act, or somebody wants something else', async () => {
    const paused = view({ state: 'paused', reasons: ['paused by ben: lunch'] });
    await expect(follow([paused]).done).rejects.toThrow('paused by ben: lunch');
    const other = view({ wanted: { flag: 'inventory.owner', percent: 50, by: 'flag', refused: null } });
    await expect(follow([other]).done).rejects.toThrow('to 50 % in the meantime');
  });
});
