import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminAlone, holdFlag, startAdminAlone } from '../../control/test/support/admin-alone.js';
import { operator } from '../../control/test/support/controlled-system.js';
import { type Ran, runCommand } from './support/run-command.js';

let admin: AdminAlone;

beforeAll(async () => {
  admin = await startAdminAlone();
  admin.add('stock', holdFlag(100));
});

afterAll(() => admin.end());

const strangler = (token: string, ...args: string[]): Promise<Ran> =>
  runCommand(args, { environment: { CONTROL_URL: admin.url, CONTROL_TOKEN: token } });

describe('strangler token', () => {
  it('adds one that its owner can use from then on, until it is revoked', async () => {
    const { code, out, err } = await strangler(operator, 'token', 'add', 'anna', '--role', 'operator');
    expect({ code, lines: out.split('\n').length }).toEqual({ code: 0, lines: 1 });
    expect(err).toContain('The token anna (operator) is shown this once');
    expect(out).toMatch(/^strangler_[\w-]{43}$/);
    expect((await strangler(out, 'pause', 'stock', '--reason', 'lunch')).out).toContain('by anna (operator)');
    const listed = await strangler(operator, 'token', 'list');
    expect(listed.out).toMatch(/^anna +operator +first \(admin\)/m);
    expect(listed.out).toMatch(/^first +admin +CONTROL_TOKEN of the control plane/m);
    expect(listed.out).not.toContain(out);
    expect((await strangler(operator, 'token', 'revoke', 'anna')).out).not.toContain('anna');
    const refused = await strangler(out, 'owner', 'stock');
    expect(refused).toMatchObject({ code: 3, err: expect.stringMatching(/was revoked.*Set CONTROL_TOKEN/) });
  });

  it('says which role somebody needs, and who can help', async () => {
    const viewer = (await strangler(operator, 'token', 'add', 'ben', '--role', 'viewer')).out;
    expect((await strangler(viewer, 'audit', 'list')).code).toBe(0);
    for (const args of [
      ['pause', 'stock'],
      ['rollback', 'stock'],
    ])
      expect(await strangler(viewer, ...args)).toMatchObject({
        code: 1,
        err: expect.stringContaining(
          'The token ben has the role viewer, and this needs the role operator: ask an admin',
        ),
      });
    for (const args of [
      ['token', 'list'],
      ['token', 'add', 'carl', '--role', 'admin'],
      ['token', 'revoke', 'ben'],
      ['complete', 'stock', '--confirm', 'stock'],
      ['abandon', 'stock', '--side', 'service', '--confirm', 'stock'],
    ])
      expect(await strangler(viewer, ...args)).toMatchObject({
        code: 1,
        err: expect.stringContaining('this needs the role admin'),
      });
  });

  it('says what is wrong with a name or a role', async () => {
    expect((await strangler(operator, 'token', 'add', 'ben', '--role', 'viewer')).err).toContain(
      'There is a token ben already',
    );
    expect((await strangler(operator, 'token', 'add', 'Anna B', '--role', 'viewer')).err).toContain(
      'must be 1 to 40 lower-case letters',
    );
    expect((await strangler(operator, 'token', 'add', 'carl', '--role', 'root')).code).toBe(2);
    expect((await strangler(operator, 'token', 'add', 'carl')).code).toBe(2);
    expect((await strangler(operator, 'token', 'revoke', 'dora')).err).toContain('There is no token dora');
    expect((await strangler(operator, 'token', 'revoke', '../capabilities')).code).not.toBe(0);
  });
});
