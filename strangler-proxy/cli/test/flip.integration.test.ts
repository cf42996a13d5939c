import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ask } from '../../gateway/test/support/http-client.js';
import { deadAddress } from '../../gateway/test/support/upstream.js';
import type { RunningGateway } from '../../gateway/run-gateway.js';
import { type FlippedSystem, startFlippedSystem } from './support/flipped-system.js';
import { runCommand } from './support/run-command.js';

let system: FlippedSystem;
let gateway: RunningGateway;

beforeAll(async () => {
  system = await startFlippedSystem();
  gateway = await system.startGateway();
});

afterAll(() => system.end());

const flip = (percent: number | string, ...more: string[]) =>
  system.cli([gateway], 'flip', system.flag, String(percent), '--reason', 'a test', ...more);

interface Strategy {
  id: string;
  name: string;
  title: string;
  parameters: { rollout: string; stickiness: string; groupId: string };
}

/** The flag in the environment that the gateways follow. */
async function inUnleash(): Promise<{ type: string; enabled: boolean; strategies: Strategy[] }> {
  const { body } = await system.unleash('GET', `projects/default/features/${system.flag}`);
  const flag = body as {
    type: string;
    environments: { name: string; enabled: boolean; strategies: Strategy[] }[];
  };
  const here = flag.environments.find(({ name }) => name === 'development');
  return { type: flag.type, enabled: here?.enabled ?? false, strategies: here?.strategies ?? [] };
}

async function answeredBy(requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let count = 0; count < requests; count++) {
    const { body } = await ask(`${gateway.url}/${system.capability}/some-id`);
    counts[body] = (counts[body] ?? 0) + 1;
  }
  return counts;
}

describe('flipping an endpoint that has no flag yet', () => {
  it('creates the flag as one operational roll-out, and is done when the gateway acts on it', async () => {
    const { code, out } = await flip(100);
    expect(out).toContain(`${system.flag} (GET /${system.capability}/{id}): 100 % to the service`);
    expect(out).toContain('before: no flag, so the monolith answered everything');
    expect(out).toContain('1 of 1 gateway acts on it');
    expect(code).toBe(0);
    expect(await answeredBy(20)).toEqual({ service: 20 });
    expect(await inUnleash()).toMatchObject({
      type: 'operational',
      enabled: true,
      strategies: [
        {
          name: 'flexibleRollout',
          title: expect.stringContaining('a test'),
          parameters: { rollout: '100', stickiness: 'random', groupId: system.flag },
        },
      ],
    });
  });
});

describe('flipping a write of data that both sides share', () => {
  it('sends it to the service, and back', async () => {
    const write = `${system.capability}.put`;
    const put = async () =>
      (await ask(`${gateway.url}/${system.capability}/some-id`, { method: 'PUT', body: 'x' })).body;
    expect(await put()).toBe('monolith');
    for (const [percent, side] of [
      ['100', 'service'],
      ['0', 'monolith'],
    ] as const) {
      expect((await system.cli([gateway], 'flip', write, percent, '--reason', 'a test')).code).toBe(0);
      expect([await put(), await put()]).toEqual([side, side]);
    }
    await system.unleash('DELETE', `projects/default/features/${write}`);
  });
});

describe('flipping an endpoint', () => {
  it('says what it replaced, and why that was', async () => {
    await flip(40, '--by', 'anna', '--reason', 'first step');
    const { out } = await flip(60, '--by', 'ben');
    expect(out).toContain('before: 40 %, because: first step (anna), since 20');
  });

  it('to 0 keeps the flag enabled with a roll-out of 0, and the monolith answers everything', async () => {
    const { code } = await flip(0);
    expect(code).toBe(0);
    const { enabled, strategies } = await inUnleash();
    expect({ enabled, rollout: strategies[0]?.parameters.rollout }).toEqual({ enabled: true, rollout: '0' });
    expect(await answeredBy(20)).toEqual({ monolith: 20 });
  });

  it('takes method and path instead of the flag, and a percent sign', async () => {
    const named = `get /${system.capability}/{anything}`;
    const { code, out } = await system.cli([gateway], 'flip', named, '30%', '--reason', 'a test');
    expect(code).toBe(0);
    expect(out).toContain(`${system.flag} (GET /${system.capability}/{id}): 30 %`);
  });

  it('keeps what the roll-out sticks to, unless it is told', async () => {
    expect((await flip(50, '--stickiness', 'userId')).out).toContain('sticking to userId');
    expect((await flip(51)).out).toContain('sticking to userId');
    expect((await flip(52, '--stickiness', 'random')).out).toContain('chosen at random');
  });

  it('enables a flag that somebody has disabled', async () => {
    await flip(70);
    await system.unleash('POST', `projects/default/features/${system.flag}/environments/development/off`);
    const { code, out } = await flip(80);
    expect(out).toContain('before: 0 %');
    expect(code).toBe(0);
  });

  it('answers with JSON that tells the change and who acts on it', async () => {
    await flip(10);
    const { out } = await flip(20, '--json');
    expect(JSON.parse(out)).toMatchObject({
      flag: system.flag,
      percent: 20,
      before: { percent: 10 },
      acting: [gateway.id],
      missing: [],
    });
  });
});

describe('two people who flip at once', () => {
  it('leave one roll-out: the last one stands, the other one is told', async () => {
    await flip(0);
    const [one, other] = await Promise.all([flip(30), flip(60)]);
    const { strategies } = await inUnleash();
    expect(strategies).toHaveLength(1);
    const [last, first] = strategies[0]?.parameters.rollout === '30' ? [one, other] : [other, one];
    expect(last.code).toBe(0);
    expect(last.out).toContain(`before: ${last === one ? 60 : 30} %`);
    // The first one may have been confirmed in the moment before it was replaced.
    expect(first.code === 0 || first.err.includes('Somebody has changed')).toBe(true);
  });

  it('make one flag with one roll-out where there was none', async () => {
    await system.unleash('DELETE', `projects/default/features/${system.flag}`);
    await system.unleash('DELETE', `archive/${system.flag}`);
    await Promise.all([flip(30), flip(60), flip(90)]);
    expect((await inUnleash()).strategies).toHaveLength(1);
  });
});

describe('a flag that somebody is just creating', () => {
  it('is waited for, so that it gets one roll-out and not two', async () => {
    await system.unleash('DELETE', `projects/default/features/${system.flag}`);
    await system.unleash('DELETE', `archive/${system.flag}`);
    await system.unleash('POST', 'projects/default/features', { name: system.flag, type: 'operational' });
    const flipped = flip(30);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const parameters = { rollout: '0', stickiness: 'random', groupId: system.flag };
    await system.unleash(
      'POST',
      `projects/default/features/${system.flag}/environments/development/strategies`,
      { name: 'flexibleRollout', parameters },
    );
    expect((await flipped).code).toBe(0);
    const { strategies } = await inUnleash();
    expect(strategies.map((one) => one.parameters.rollout)).toEqual(['30']);
  });
});

describe('a flag of another shape', () => {
  const strategies = () => `projects/default/features/${system.flag}/environments/development/strategies`;

  beforeEach(async () => {
    await flip(10, '--replace');
    await system.unleash('POST', strategies(), { name: 'default', parameters: {} });
  });

  it('is left alone, and the message says what it is and where to change it', async () => {
    const { code, err } = await flip(20);
    expect(code).toBe(1);
    expect(err).toContain(`${system.flag} has 2 strategies`);
    expect(err).toContain('--replace');
    expect((await inUnleash()).strategies).toHaveLength(2);
  });

  it('is replaced when that is asked for', async () => {
    const { code } = await flip(20, '--replace');
    expect(code).toBe(0);
    const { strategies: left } = await inUnleash();
    expect(left.map(({ parameters }) => parameters.rollout)).toEqual(['20']);
  });

  it('with constraints is left alone, too', async () => {
    await flip(10, '--replace');
    const [strategy] = (await inUnleash()).strategies;
    await system.unleash('PATCH', `${strategies()}/${strategy?.id}`, [
      {
        op: 'add',
        path: '/constraints',
        value: [
          {
            contextName: 'userId',
            operator: 'IN',
            values: ['anna'],
            inverted: false,
            caseInsensitive: false,
          },
        ],
      },
    ]);
    expect(await flip(20)).toMatchObject({ code: 1, err: expect.stringContaining('has constraints') });
  });

  it('that is archived can only be revived by a person', async () => {
    await system.unleash('DELETE', `projects/default/features/${system.flag}`);
    const { code, err } = await flip(20);
    await system.unleash('POST', `archive/revive/${system.flag}`);
    expect(code).toBe(1);
    expect(err).toContain('was archived in Unleash');
  });
});

describe('a flip that can not be confirmed', () => {
  it('names the gateway that does not act on it, and what it does instead', async () => {
    const cutOff = await system.startGateway({ flags: { unleash: await deadAddress(), token: 'none' } });
    await flip(0, '--replace');
    const { code, err } = await system.cli(
      [gateway, cutOff],
      'flip',
      system.flag,
      '45',
      '--reason',
      'a test',
      '--timeout',
      '2',
    );
    expect(code).toBe(4);
    expect(err).toContain(`${system.flag} is set to 45 % in Unleash`);
    expect(err).toContain(`${cutOff.id.slice(-8)} acts as if the flag was off`);
    expect(err).not.toContain(gateway.id.slice(-8));
  });

  it('still changes a known flag when no gateway answers, since somebody may have to send traffic back', async () => {
    await flip(45);
    const dead = await deadAddress();
    const { code, err } = await system.cli(
      [{ ...gateway, adminUrl: dead }],
      'flip',
      system.flag,
      '0',
      '--reason',
      'back',
      '--timeout',
      '1',
    );
    expect(code).toBe(4);
    expect(err).toContain(`${dead} does not answer`);
    expect((await inUnleash()).strategies[0]?.parameters.rollout).toBe('0');
  });
});

describe('a flip that can not be meant', () => {
  it('names the nearest endpoint', async () => {
    const { code, err } = await system.cli(
      [gateway],
      'flip',
      `${system.capability}.gte`,
      '5',
      '--reason',
      'a test',
    );
    expect(code).toBe(2);
    expect(err).toContain(`did you mean "${system.flag}"?`);
  });

  it('says why a write has no flag, and what gives it one', async () => {
    const write = `POST /${system.capability}/{id}`;
    const { code, err } = await system.cli([gateway], 'flip', write, '5', '--reason', 'a test');
    expect(code).toBe(2);
    expect(err).toMatch(/is a write without a flag.*a verb in the gateway's configuration/);
  });

  it.each(['101', '-1', '1.5', 'half', ''])('refuses %p as a percentage', async (percent) => {
    const { code, err } = await flip(percent);
    expect(code).toBe(2);
    expect(err).toContain('a whole number from 0 to 100');
  });

  it('needs a reason', async () => {
    const { code, err } = await system.cli([gateway], 'flip', system.flag, '5');
    expect(code).toBe(2);
    expect(err).toContain('--reason');
  });
});

describe('flipping without Unleash', () => {
  it('says that nothing was changed, and what to do', async () => {
    const unleash = await deadAddress();
    const args = ['flip', system.flag, '5', '--reason', 'a test', '--gateway-admin', gateway.adminUrl];
    const { code, err } = await runCommand(args, {
      environment: { UNLEASH_URL: unleash, UNLEASH_ADMIN_TOKEN: 'x' },
    });
    expect(code).toBe(3);
    expect(err).toContain(`Unleash at ${unleash} doesn't answer`);
    expect(err).toContain('--unleash-url');
  });

  it('says so when the token is not accepted', async () => {
    const args = ['flip', system.flag, '5', '--reason', 'a test', '--gateway-admin', gateway.adminUrl];
    const environment = {
      UNLEASH_URL: String(process.env['TEST_UNLEASH_URL']),
      UNLEASH_ADMIN_TOKEN: '*:*.wrong',
    };
    const { code, err } = await runCommand(args, { environment });
    expect(code).toBe(3);
    expect(err).toContain('UNLEASH_ADMIN_TOKEN');
  });

  it('says where to look when nobody has said where Unleash is', async () => {
    const { code, err } = await runCommand(['flip', system.flag, '5', '--reason', 'a test']);
    expect(code).toBe(3);
    expect(err).toContain('npm start');
  });
});
