import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../../tests/support/until.js';
import type { RunningControlPlane } from '../run-control-plane.js';
import {
  type ControlledSystem,
  impatientSettings,
  startControlledSystem,
  testSettings,
} from './support/controlled-system.js';

let system: ControlledSystem;
let plane: RunningControlPlane;
const why = { reason: 'a test' };

beforeAll(async () => {
  system = await startControlledSystem();
  plane = await system.start();
  await until('it leads', () => plane.leads());
});

afterAll(() => system.end());

/** Another one takes over, and learns how things are. */
async function leadWith(settings: typeof testSettings): Promise<void> {
  await plane.end();
  plane = await system.start({ settings });
  await until('it leads', () => plane.leads());
  await until('nothing is in the way', async () => {
    const { body } = await system.ask(plane, 'GET', path('/plan?percent=1'));
    return body.gates?.every(({ open }: { open: boolean }) => open) === true;
  });
}

const path = (rest = '') => `/capabilities/${system.capability}${rest}`;
const share = (percent: number) => system.ask(plane, 'POST', path('/share'), { ...why, percent });

describe('a capability', () => {
  it('goes over in growing steps when its flag says so, and says who owns what', async () => {
    await system.untilOwned(plane, 0);
    await system.flag.rollOut(30);
    const view = await system.untilOwned(plane, 30);
    const steps = view.recent
      .map(({ state, buckets, reason }) => [state, buckets.length, reason])
      .toReversed();
    expect(steps).toEqual([1, 5, 10, 14].map((buckets) => ['done', buckets, null]));
    expect(view.buckets[29]).toMatchObject({ bucket: 30, owner: 'service', epoch: 2 });
    expect(view.buckets[30]).toMatchObject({ bucket: 31, owner: 'monolith', epoch: 1 });
  });

  it('goes over when an operator says so, which is the same', async () => {
    const { status, body } = await share(100);
    expect({ status, wanted: body.wanted.percent }).toEqual({ status: 200, wanted: 100 });
    await system.untilOwned(plane, 100);
  });

  it('comes back at full speed', async () => {
    await share(98);
    await system.untilOwned(plane, 98);
    const { status } = await system.ask(plane, 'POST', path('/rollback'), why);
    expect(status).toBe(200);
    const view = await system.untilOwned(plane, 0);
    expect(view.recent.slice(0, 2).map(({ to, buckets }) => [to, buckets.length])).toEqual([
      ['monolith', 48],
      ['monolith', 50],
    ]);
    expect(view.wanted).toMatchObject({ percent: 0, by: 'flag' });
  });

  it('stands still between two steps while it is paused, and goes on after that', async () => {
    await system.ask(plane, 'POST', path('/pause'), { onBehalfOf: 'ben', reason: 'lunch' });
    await share(3);
    const paused = await system.look(plane);
    expect(paused.reasons).toEqual(['paused by first (admin): lunch']);
    expect(paused).toMatchObject({
      state: 'paused',
      serviceBuckets: 0,
      paused: { by: 'first (admin)', reason: 'lunch' },
    });
    expect(paused.steps.map(({ buckets }) => buckets)).toEqual([[1], [2, 3]]);
    await system.ask(plane, 'POST', path('/resume'), why);
    await system.untilOwned(plane, 3);
    await share(0);
    await system.untilOwned(plane, 0);
  });
});

describe('a plan', () => {
  it('says what would move and what the gates see, and changes nothing', async () => {
    const { body } = await system.ask(plane, 'GET', path('/plan?percent=17'));
    expect(body.steps.map(({ buckets }: { buckets: number[] }) => buckets.length)).toEqual([1, 5, 10, 1]);
    expect(body.gates.map(({ name, open }: { name: string; open: boolean }) => [name, open])).toEqual([
      ['replica filled', true],
      ['lag', true],
      ['commits durable', true],
      ['target healthy', true],
    ]);
    expect((await system.look(plane)).serviceBuckets).toBe(0);
  });
});

describe('a gate', () => {
  it('keeps everything where it is while the service is not ready, and says why', async () => {
    system.setReady('service', false);
    await share(2);
    await until('it is held', async () => (await system.look(plane)).state === 'held');
    const view = await system.look(plane);
    expect(view.serviceBuckets).toBe(0);
    expect(view.reasons.join()).toContain('no instance of the');
    system.setReady('service', true);
    await system.untilOwned(plane, 2);
    await share(0);
    await system.untilOwned(plane, 0);
  });
});

describe('a grant that does not come', () => {
  it('is refused for ever, and the bucket is open again where it was', async () => {
    await leadWith(impatientSettings);
    const reconnect = await system.cutOff('service');
    await share(1);
    await until('it was given up', async () => (await system.look(plane)).recent[0]?.state === 'given-up');
    const view = await system.look(plane);
    expect(view.recent[0]?.reason).toContain('had not arrived at the service');
    expect(view.buckets[0]).toMatchObject({ owner: 'monolith', service: { state: 'released' } });
    expect(view.buckets[0]?.service?.vetoed).toBeGreaterThan(view.buckets[0]?.service?.epoch ?? Infinity);
    await reconnect();
    await leadWith(testSettings);
    await system.ask(plane, 'POST', path('/resume'), why);
    await system.untilOwned(plane, 1);
    await share(0);
    await system.untilOwned(plane, 0);
  });
});

describe('a transaction that holds a bucket', () => {
  it('is named, waited for a few times, and then a person is asked', async () => {
    const { source, move } = system.replication;
    await leadWith(impatientSettings);
    await source.beginTransaction();
    await source.query(
      `SELECT bucket FROM \`${move.capability}_ownership\` WHERE bucket = 1 LOCK IN SHARE MODE`,
    );
    await share(1);
    await until('a person is asked', async () => (await system.look(plane)).state === 'paused');
    const view = await system.look(plane);
    expect(view.openHandOvers).toMatchObject([{ state: 'releasing', attempts: testSettings.mostFailures }]);
    expect(view.openHandOvers[0]?.blockers[0]?.connection).toBe(source.threadId);
    expect(view.reasons[0]).toContain(`connection ${source.threadId}`);
    expect(view.serviceBuckets).toBe(0);
    await source.commit();
    await leadWith(testSettings);
    await system.ask(plane, 'POST', path('/resume'), why);
    await system.untilOwned(plane, 1);
    await share(0);
    await system.untilOwned(plane, 0);
  });

  it('does not keep what is not wanted any more from being given up', async () => {
    const { source, move } = system.replication;
    await leadWith({ ...impatientSettings, mostFailures: 100 });
    await source.beginTransaction();
    await source.query(
      `SELECT bucket FROM \`${move.capability}_ownership\` WHERE bucket = 1 LOCK IN SHARE MODE`,
    );
    await share(1);
    await until('it is tried again', async () => {
      const [open] = (await system.look(plane)).openHandOvers;
      return (open?.attempts ?? 0) > 0;
    });
    await system.ask(plane, 'POST', path('/rollback'), why);
    await until('it is being given up', async () => {
      const [open] = (await system.look(plane)).openHandOvers;
      return open?.state === 'reopening';
    });
    await source.commit();
    const view = await system.untilOwned(plane, 0);
    expect(view.recent[0]).toMatchObject({ state: 'given-up', reason: 'it is not wanted any more' });
    expect(view.buckets[0]?.owner).toBe('monolith');
  });
});

describe('a flag that can not be honoured', () => {
  it('moves nothing, and says what is wrong with it', async () => {
    const constraint = { contextName: 'userId', operator: 'IN', values: ['anna'], inverted: false };
    await system.flag.constrain([{ ...constraint, caseInsensitive: false }]);
    await system.flag.rollOut(50);
    await until('it is refused', async () => (await system.look(plane)).state === 'refused');
    const view = await system.look(plane);
    expect(view.reasons[0]).toContain('has constraints');
    expect(view.wanted).toMatchObject({ percent: null, refused: expect.stringContaining('has constraints') });
    expect(view.serviceBuckets).toBe(0);
    expect(await share(10)).toMatchObject({ status: 409 });
    await system.flag.rollOut(0);
    await system.flag.constrain([]);
    await system.untilOwned(plane, 0);
  });

  it.each(['', ' ', 'none', '-1'])(
    'is no reason to hand anything back: a roll-out of "%s"',
    async (nothing) => {
      await system.flag.rollOut(5);
      await system.untilOwned(plane, 5);
      await system.flag.rollOut(nothing);
      await until('it is refused', async () => (await system.look(plane)).state === 'refused');
      const view = await system.look(plane);
      expect(view).toMatchObject({ serviceBuckets: 5, openHandOvers: [], wanted: { percent: null } });
      expect(view.reasons[0]).toMatch(/roll-out/);
    },
  );
});
