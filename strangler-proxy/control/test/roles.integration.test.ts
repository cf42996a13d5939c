import { timingSafeEqual } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import { type Role, roles } from '#contracts/strangler/admin-tokens.js';
import { controlEndpoints } from '#contracts/strangler/control-plane.js';
import { type AdminEndpoint, allows, openPaths, requiredRoles } from '../admin/required-roles.js';
import { addToken, revokeToken } from '../tokens/change-tokens.js';
import { findCallers, hashOfToken } from '../tokens/find-caller.js';
import { requireAdmin } from '../tokens/require-admin.js';
import { type AdminAlone, holdFlag, startAdminAlone } from './support/admin-alone.js';
import { operator as configured } from './support/controlled-system.js';

let admin: AdminAlone;
/** A token of each role, and what else somebody may show. */
const shown: Record<string, string | undefined> = {};

beforeAll(async () => {
  admin = await startAdminAlone();
  admin.add('stock', holdFlag(100));
  const other = await startAdminAlone();
  for (const role of roles) shown[role] = await newToken(admin, role);
  shown['revoked'] = await newToken(admin, 'admin', 'revoked');
  await revokeToken(admin.leader, 'revoked', { ...why, expectedVersion: await versionOf(admin) }, true);
  shown["another system's"] = await newToken(other, 'admin');
  shown['unknown'] = 'strangler_unknown';
  shown['cut off'] = shown['admin']?.slice(0, -1);
  shown['longer'] = `${shown['admin']}x`;
  shown['the hash of one'] = hashOfToken(shown['admin'] ?? '');
  shown['none'] = undefined;
  await other.end();
});

afterAll(() => admin.end());

const why = { who: 'a test', reason: 'a test' };

async function newToken(to: AdminAlone, role: Role, name = `of-${role}`): Promise<string> {
  const change = { ...why, expectedVersion: await versionOf(to) };
  return (await addToken(to.leader, { name, role }, change, true)).token;
}

async function versionOf({ database }: AdminAlone): Promise<number> {
  const [row] = await database.query<{ version: number }>('SELECT version FROM admin_token_list', {
    type: QueryTypes.SELECT,
  });
  return row?.version ?? 0;
}

/** What an endpoint takes, beyond the reason. */
const bodies: Partial<Record<AdminEndpoint, object>> = {
  share: { percent: 100 },
  complete: { confirm: 'stock' },
  drop: { confirm: 'stock' },
  abandon: { confirm: 'stock', side: 'service' },
  addToken: { name: 'one-more', role: 'viewer' },
  forgetGateway: { adminUrl: 'http://127.0.0.1:9' },
};

const names = Object.keys(controlEndpoints) as AdminEndpoint[];
const changes = names.filter((name) => controlEndpoints[name].method === 'POST');

async function ask(
  name: AdminEndpoint,
  token: string | undefined,
  more: Record<string, string | undefined> = {},
  fields: object = {},
) {
  const { method, path } = controlEndpoints[name];
  const query = name === 'plan' ? '?percent=50' : '';
  const url = new URL(path.replace('{capability}', 'stock').replace('{name}', 'nobody') + query, admin.url);
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ofChange = { 'content-type': 'application/json', 'if-match': '"99999"' };
  const headers = { ...bearer, ...(method === 'GET' ? {} : ofChange), ...more };
  const answer = await fetch(url, {
    method,
    headers: Object.entries(headers).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ...(method === 'GET' ? {} : { body: JSON.stringify({ reason: 'a test', ...bodies[name], ...fields }) }),
  });
  return { status: answer.status, body: (await answer.json()) as { code?: string; detail?: string } };
}

describe('an endpoint of the admin API', () => {
  const pairs = names.flatMap((name) => roles.map((role) => [name, role, requiredRoles[name]] as const));

  it.each(pairs.filter(([, role, needed]) => allows(role, needed)))(
    '%s lets in the role %s',
    async (name, role) => {
      expect([200, 409, 412]).toContain((await ask(name, shown[role])).status);
    },
  );

  it.each(pairs.filter(([, role, needed]) => !allows(role, needed)))(
    '%s is refused to the role %s, and says that it needs %s',
    async (name, role, needed) => {
      const { status, body } = await ask(name, shown[role]);
      expect({ status, code: body.code }).toEqual({ status: 403, code: 'forbidden' });
      expect(body.detail).toContain(`has the role ${role}, and this needs the role ${needed}`);
      expect(body.detail).toContain(`npx strangler token add NAME --role ${needed}`);
    },
  );

  it.each(
    names.flatMap((name) =>
      ['none', 'unknown', 'revoked', "another system's", 'cut off', 'longer', 'the hash of one'].map(
        (what) => [name, what] as const,
      ),
    ),
  )('%s lets nobody in with a token that is not one of ours: %s', async (name, what) => {
    const { status, body } = await ask(name, shown[what]);
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthenticated' });
  });

  it.each(
    changes.flatMap((name) => [undefined, '*', ' * ', '"1", "2"'].map((match) => [name, match] as const)),
  )('%s changes nothing without the one version that it was decided on: If-Match %s', async (name, match) => {
    const { status, body } = await ask(name, configured, { 'if-match': match });
    expect({ status, code: body.code }).toEqual({ status: 428, code: 'version_required' });
  });

  it.each(changes)(
    '%s changes nothing on a tag that is none, or may stand for several versions',
    async (name) => {
      expect((await ask(name, configured, { 'if-match': 'W/"1"' })).status).toBe(
        // The lost side is looked for first: it is there.
        name === 'abandon' ? 409 : 412,
      );
      expect((await ask(name, configured, { 'if-match': '' })).status).toBe(400);
    },
  );

  it.each(changes)('%s does not take anybody’s word for who asks', async (name) => {
    const { status, body } = await ask(name, configured, {}, { by: 'someone-else' });
    expect(status).toBe(400);
    expect(body.detail).toContain('by is not taken: who asks is told by the token');
  });

  it('is asked for a token on every path but those that are open', async () => {
    for (const path of openPaths) expect((await fetch(new URL(path, admin.url))).status).toBe(200);
    for (const path of ['/', '/health', '/health/live/x', '/metrics/', '/%6detrics', '/nothing', '/tokens/'])
      expect([path, (await fetch(new URL(path, admin.url))).status]).toEqual([path, 401]);
  });

  it.each(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('gives nothing away to %s', async (method) => {
    const asked = await fetch(new URL('/tokens', admin.url), {
      method,
      headers: { authorization: `Bearer ${shown['operator']}` },
    });
    expect(asked.status).toBe(method === 'HEAD' ? 403 : 405);
  });
});

describe('the audit of what came with a token', () => {
  it('names the token, and the person only as a claim', async () => {
    const token = await newToken(admin, 'operator', 'anna');
    const { version } = await versionSeen();
    const claim = { onBehalfOf: 'someone-else' };
    const { status } = await ask('pause', token, { 'if-match': `"${version}"` }, claim);
    expect(status).toBe(200);
    const [entry] = (await audit()).items;
    expect(entry).toMatchObject({ who: 'anna (operator)', onBehalfOf: 'someone-else', action: 'pause' });
    const view = (await ask('get', token)).body as unknown as { paused: { by: string } };
    expect(view.paused.by).toBe('anna (operator)');
  });

  it('has the changes of tokens, but no token and no hash', async () => {
    await newToken(admin, 'viewer', 'short-lived');
    const version = await versionOf(admin);
    await revokeToken(admin.leader, 'short-lived', { ...why, expectedVersion: version }, true);
    const { items, broken } = await audit();
    expect(broken).toBeNull();
    expect(items.slice(0, 2)).toMatchObject([
      { action: 'revoke token', before: { name: 'short-lived', role: 'viewer' }, after: null },
      { action: 'add token', before: null, after: { name: 'short-lived', role: 'viewer' } },
    ]);
    const all = JSON.stringify(items);
    const tokens = Object.values(shown).filter(
      (token) => token !== undefined && token !== 'strangler_unknown',
    );
    for (const token of tokens) {
      expect(all).not.toContain(token);
      expect(all).not.toContain(hashOfToken(token ?? ''));
    }
  });

  const audit = async () =>
    (await ask('audit', configured)).body as unknown as {
      items: { who: string; onBehalfOf: string | null }[];
      broken: string | null;
    };
  const versionSeen = async () => (await ask('get', configured)).body as unknown as { version: number };
});

describe('the list of tokens', () => {
  const change = (body: object, match: number) =>
    ask('addToken', configured, { 'if-match': `"${match}"` }, body);

  it('takes a name once, and only a name that is one', async () => {
    const body = { name: 'ben', role: 'viewer' };
    expect((await change(body, await versionOf(admin))).status).toBe(201);
    expect((await change(body, await versionOf(admin))).status).toBe(409);
    expect((await change({ ...body, name: 'first' }, await versionOf(admin))).status).toBe(409);
    for (const name of ['control plane', 'Ben', 'b)', '', '-b', 'x'.repeat(41), 'unknown caller'])
      expect((await change({ ...body, name }, await versionOf(admin))).status).toBe(400);
    expect((await change({ ...body, name: 'carl', role: 'root' }, await versionOf(admin))).status).toBe(400);
  });

  it('is changed by one of two who have seen the same', async () => {
    const version = await versionOf(admin);
    const both = await Promise.all(['d1', 'd2'].map((name) => change({ name, role: 'viewer' }, version)));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 412]);
  });

  it('keeps an admin', async () => {
    const revoke = async (name: string, hasConfigured: boolean) =>
      revokeToken(admin.leader, name, { ...why, expectedVersion: await versionOf(admin) }, hasConfigured);
    await expect(revoke('first', true)).rejects.toMatchObject({
      message: expect.stringMatching('CONTROL_TOKEN'),
    });
    await expect(revoke('of-admin', false)).rejects.toMatchObject({ code: 'invalid_state' });
    await expect(revoke('nobody', true)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('has tokens that nobody can read there', async () => {
    const rows = await admin.database.query('SELECT * FROM admin_token', { type: QueryTypes.SELECT });
    for (const role of roles) expect(JSON.stringify(rows)).not.toContain(shown[role]);
  });

  it('is compared as a whole, in constant time, whoever shows what', async () => {
    const count = (await admin.database.query('SELECT 1 FROM admin_token', { type: QueryTypes.SELECT }))
      .length;
    let compared = 0;
    const find = findCallers(admin.database, undefined, (one, other) => {
      compared += 1;
      return timingSafeEqual(one, other);
    });
    for (const token of [shown['viewer'], shown['admin'], 'x', 'y'.repeat(10_000)]) {
      compared = 0;
      await find(token ?? '');
      expect(compared).toBe(count);
    }
  });
});

describe('the start of a control plane', () => {
  it('needs an admin: in its configuration, or among its tokens', async () => {
    const empty = await startAdminAlone();
    await expect(requireAdmin(empty.database, undefined)).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('set CONTROL_TOKEN'),
    });
    await requireAdmin(empty.database, configured);
    await newToken(empty, 'operator');
    await expect(requireAdmin(empty.database, undefined)).rejects.toMatchObject({ code: 'invalid_config' });
    await newToken(empty, 'admin');
    await requireAdmin(empty.database, undefined);
    await empty.end();
  });
});
