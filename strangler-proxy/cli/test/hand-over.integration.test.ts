import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { wideMs } from '../../../tests/support/wide-limits.js';
import { until } from '../../../tests/support/until.js';
import type { RunningControlPlane } from '../../control/run-control-plane.js';
import {
  type ControlledSystem,
  operator,
  startControlledSystem,
} from '../../control/test/support/controlled-system.js';
import { deadAddress } from '../../gateway/test/support/upstream.js';
import { ownershipConcerns } from '../control/ownership-concerns.js';
import type { Places } from '../system/locate-system.js';
import { type Ran, runCommand } from './support/run-command.js';

let system: ControlledSystem;
let plane: RunningControlPlane;

beforeAll(async () => {
  system = await startControlledSystem();
  plane = await system.start();
  await until('it leads', () => plane.leads());
  await system.untilOwned(plane, 0);
});

afterAll(() => system.end());

/** Puts the capability behind the command's name. */
function strangler(command: string, ...options: string[]): Promise<Ran> {
  return runCommand([command, system.capability, ...options], {
    environment: { CONTROL_URL: plane.url, CONTROL_TOKEN: operator },
  });
}

describe('strangler owner', () => {
  it('shows all buckets, what is wanted, and how it stands', async () => {
    const { code, out } = await strangler('owner');
    expect(code).toBe(0);
    expect(out).toContain('the service owns 0 of 100 buckets; wanted are 0 %');
    expect(out).toContain('settled');
    expect(out.match(/ M\b/g)?.length).toBeGreaterThanOrEqual(100);
    expect((await strangler('owner', '--epochs')).out).toContain('M1');
  });

  it('answers with JSON', async () => {
    const { out } = await strangler('owner', '--json');
    expect(JSON.parse(out)).toMatchObject({ capability: system.capability, serviceBuckets: 0 });
  });
});

describe('strangler handover', () => {
  it('says in a dry run what would move, and what the gates see, and changes nothing', async () => {
    const dryRun = () => strangler('handover', '--percent', '20', '--dry-run');
    // One that has just begun to lead has heard nothing of the replica yet.
    await until('it knows the lag', async () => !/lag +SHUT +unknown/.test((await dryRun()).out));
    const { code, out } = await dryRun();
    expect(code).toBe(0);
    expect(out).toContain('from 0 to 20 buckets with the service in 4 hand-overs');
    expect(out).toContain('2.  5 buckets (2-6) to the service');
    expect(out).toMatch(/lag +open/);
    expect((await system.look(plane)).wanted.percent).toBe(0);
  });

  it('sets the share, tells each hand-over, and ends when it is reached', async () => {
    const { code, out, err } = await strangler(
      'handover',
      '--percent',
      '8',
      '--reason',
      'canary',
      '--by',
      'anna',
    );
    expect(code).toBe(0);
    expect(err.split('\n').map((line) => line.slice(10))).toEqual([
      expect.stringMatching(/^1 bucket \(1\) to the service: done after /),
      expect.stringMatching(/^5 buckets \(2-6\) to the service: done after /),
      expect.stringMatching(/^2 buckets \(7-8\) to the service: done after /),
    ]);
    expect(out).toContain('the service owns 8 of 100 buckets; wanted are 8 %');
    expect((await strangler('owner')).out).toContain('7-8');
  });

  it('says why nothing moves while it is paused, and goes on after that', async () => {
    expect(await strangler('pause', '--reason', 'lunch', '--by', 'ben')).toMatchObject({ code: 0 });
    const held = await strangler('handover', '--percent', '10');
    expect(held.code).toBe(1);
    expect(held.err).toContain('paused by first (admin): lunch');
    expect(held.err).toContain('npx strangler resume');
    const resumed = await strangler('resume');
    expect(resumed.code).toBe(0);
    await system.untilOwned(plane, 10);
  });

  it('leaves running what it has begun when nobody waits any more', async () => {
    system.setReady('service', false);
    const ending = new AbortController();
    const running = runCommand(['handover', system.capability, '--percent', '12'], {
      environment: { CONTROL_URL: plane.url, CONTROL_TOKEN: operator },
      signal: ending.signal,
    });
    await until('it is held', async () => (await system.look(plane)).state === 'held');
    ending.abort();
    const { code, err } = await running;
    expect(code).toBe(4);
    expect(err).toContain('It goes on without this command');
    system.setReady('service', true);
    await system.untilOwned(plane, 12);
  });

  it('refuses what can not be meant', async () => {
    expect((await strangler('handover', '--percent', '130')).code).toBe(2);
    const { code, err } = await runCommand(['owner', 'nothing'], {
      environment: { CONTROL_URL: plane.url, CONTROL_TOKEN: operator },
    });
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`there is ${system.capability}`) });
  });
});

describe('strangler abandon', () => {
  it('asks for the name, and is refused while the service is there', async () => {
    const unsure = await strangler('abandon', '--side', 'service');
    expect(unsure).toMatchObject({ code: 2, err: expect.stringContaining('--confirm') });
    expect((await strangler('abandon', '--side', 'monolith')).code).toBe(2);
    const refused = await strangler('abandon', '--side', 'service', '--confirm', system.capability);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('nothing is lost') });
    expect((await system.look(plane)).serviceBuckets).toBe(12);
  });
});

describe('strangler status', () => {
  it('tells what holds the ownership of a capability up', async () => {
    await strangler('pause', '--reason', 'lunch', '--by', 'ben');
    const places = { control: { url: plane.url, token: operator }, patience: 1 } as Places;
    const concerns = await ownershipConcerns(places, wideMs);
    expect(concerns).toEqual([`ownership of ${system.capability} is paused: paused by first (admin): lunch`]);
    await strangler('resume');
  });
});

describe('strangler rollback', () => {
  it('gives everything back', async () => {
    const { code, out } = await strangler('rollback', '--reason', 'seen enough');
    expect(code).toBe(0);
    expect(out).toContain('the service owns 0 of 100 buckets');
  });
});

describe('strangler complete', () => {
  it('asks for the name, and says what is missing', async () => {
    expect((await strangler('complete')).err).toContain(`--confirm ${system.capability}`);
    const { code, err } = await strangler('complete', '--confirm', system.capability);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('the service owns 0 of 100 buckets: hand over the rest with'),
    });
  });

  it('shows with --dry-run which conditions hold, and changes nothing', async () => {
    const { code, out } = await strangler('complete', '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/owned +MISSING +the service owns 0 of 100 buckets/);
    expect(out).toMatch(/no hand-over +holds/);
    expect(out).toContain('nothing is changed by looking');
    expect(out).toMatch(/tables of the monolith: \S+ alive/);
    expect((await system.look(plane)).completion).toBeNull();
  });
});

describe('strangler audit', () => {
  const audit = (...args: string[]) =>
    runCommand(['audit', ...args], { environment: { CONTROL_URL: plane.url, CONTROL_TOKEN: operator } });

  it('lists what was done, newest first, as many as are asked for', async () => {
    const { code, out } = await audit('list', '--limit', '3');
    expect(code).toBe(0);
    expect(out.split('\n')).toHaveLength(4);
    const entries = JSON.parse((await audit('list', '--json')).out) as { id: number; action: string }[];
    expect(entries.map(({ action }) => action)).toContain('rollback');
    expect(entries.map(({ id }) => id)).toEqual(entries.map(({ id }) => id).toSorted((a, b) => b - a));
    expect(await audit('list', '--limit', '0')).toMatchObject({ err: expect.stringContaining('1 to 1000') });
  });

  it('checks all of it, and ends with 1 where something was changed', async () => {
    expect(await audit('check')).toMatchObject({
      code: 0,
      out: expect.stringContaining('as it was written'),
    });
    const database = await createConnection(system.journal.url);
    await database.query('UPDATE audit_entry SET id = 100000 WHERE id = 2');
    const broken = await audit('check');
    await database.query('UPDATE audit_entry SET id = 2 WHERE id = 100000');
    await database.end();
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('entry 2 is missing') });
    expect((await audit('check')).code).toBe(0);
  });
});

describe('a control plane that can not be used', () => {
  it('is told apart: away, not known, or not letting us in', async () => {
    const away = await runCommand(['owner', 'x'], { environment: { CONTROL_URL: await deadAddress() } });
    expect(away).toMatchObject({ code: 3, err: expect.stringContaining("doesn't answer") });
    expect(await runCommand(['owner', 'x'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('npm start'),
    });
    const refused = await runCommand(['owner', 'x'], {
      environment: { CONTROL_URL: plane.url, CONTROL_TOKEN: 'wrong' },
    });
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('CONTROL_TOKEN') });
  });

  it('sends a change to the leader by itself', async () => {
    const standBy = await system.start();
    const { code } = await runCommand(['pause', system.capability], {
      environment: { CONTROL_URL: standBy.url, CONTROL_TOKEN: operator },
    });
    expect(code).toBe(0);
    expect((await strangler('resume')).code).toBe(0);
  });
});
