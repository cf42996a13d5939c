import type { OwnServer } from '../../../sidecar/test/support/own-servers.js';
import type { Side } from '#contracts/strangler/move.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';

/** Addresses, with their passwords, of accounts that may read and change everything on each side's server. */
export type Databases = Record<Side, string>;

/** @param ofMonolith the server of the monolith, if it has one of its own */
export function databasesOf({ mysqlAdminUrl }: ThrowawayShop, ofMonolith: OwnServer | undefined): Databases {
  return { monolith: ofMonolith?.url ?? mysqlAdminUrl, service: mysqlAdminUrl };
}
