import type { GatewayList } from '#contracts/strangler/known-gateways.js';
import { AppError } from '#platform/errors/app-error.js';
import { appendEntry, type NewEntry } from '../audit/append-entry.js';
import { lockList, readGateways, removeAddress } from '../gateways/gateway-table.js';
import type { KnownGateways } from '../gateways/known-gateways.js';
import { type Leader, write } from '../fence/fence.js';

/** Who wants it and why, and the version of the list that they have seen. */
export interface Forgetting extends Pick<NewEntry, 'who' | 'onBehalfOf' | 'reason'> {
  adminUrl: string;
  expectedVersion: number;
}

/**
 * Forgets a gateway that has vanished, so that nothing waits for it any more.
 * @returns the list afterwards
 * @throws AppError `invalid_state` while it is there, `not_found` where it is not known, `version_mismatch`, `deposed`
 */
export async function forgetGateway(
  leader: Leader,
  gateways: Pick<KnownGateways, 'isThere'>,
  { adminUrl: url, expectedVersion, ...why }: Forgetting,
): Promise<GatewayList> {
  const adminUrl = new URL(url).origin;
  if (await gateways.isThere(adminUrl))
    throw new AppError(
      'invalid_state',
      `The gateway at ${adminUrl} is there, and may serve clients: end it first, and it says good-bye by itself`,
    );
  const { database } = leader;
  return write(leader, async (transaction) => {
    const version = await lockList(database, transaction);
    if (version !== expectedVersion)
      throw new AppError(
        'version_mismatch',
        `The list of gateways is at version ${version}, not ${expectedVersion}: one has come or gone since. Look at it again and repeat the change`,
      );
    const { items } = await readGateways(database, transaction);
    const found = items.find((one) => one.adminUrl === adminUrl);
    if (!found)
      throw new AppError(
        'not_found',
        `No gateway at ${adminUrl} is known: "npx strangler gateways list" shows those that are`,
      );
    await removeAddress(database, adminUrl, transaction);
    const entry = { action: 'forget gateway', capability: null, outcome: 'done' } as const;
    await appendEntry(database, { ...why, ...entry, before: found, after: null }, transaction);
    return readGateways(database, transaction);
  });
}
