import { testServers } from '../../../../tests/support/servers.js';

const { unleashUrl, unleashAdminToken } = testServers();
const features = `${unleashUrl}/api/admin/projects/default/features`;

async function admin(method: string, url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { authorization: unleashAdminToken, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return text ? JSON.parse(text) : undefined;
}

export interface TestFlag {
  /** Sets the percentage of the plain gradual roll-out; Unleash takes any text. */
  rollOut(percent: number | string): Promise<void>;
  constrain(constraints: unknown[]): Promise<void>;
  remove(): Promise<void>;
}

/** Creates a flag as an operator would: enabled, one gradual roll-out at 0 %. */
export async function createFlag(name: string, stickiness = 'random'): Promise<TestFlag> {
  const environment = `${features}/${name}/environments/development`;
  await admin('POST', features, { name, type: 'operational' });
  const parameters = { rollout: '0', stickiness, groupId: name };
  const { id } = (await admin('POST', `${environment}/strategies`, {
    name: 'flexibleRollout',
    parameters,
  })) as { id: string };
  await admin('POST', `${environment}/on`);
  const patch = (path: string, value: unknown) =>
    admin('PATCH', `${environment}/strategies/${id}`, [{ op: 'replace', path, value }]).then(() => undefined);
  return {
    rollOut: (percent) => patch('/parameters/rollout', String(percent)),
    constrain: (constraints) => patch('/constraints', constraints),
    // Archived, not purged: Unleash 7 falls over when a flag is gone before it has noted that it was archived.
    remove: () => admin('DELETE', `${features}/${name}`).then(() => undefined),
  };
}
