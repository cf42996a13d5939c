import { createConnection } from 'mysql2/promise';
import { until } from '../../support/until.js';
import type { CapabilityShop } from './capability-shop.js';

/** What `strangler status` tells of what is left of the monolith. */
export interface MonolithStatus {
  capabilities: {
    capability: string;
    endpoints: { total: number; monolith: number };
    tables: { alive: number; retired: number } | null;
    completion: string | null;
  }[];
  endpoints: { total: number; monolith: number };
  owned: { total: number; monolith: number | null };
}

interface Status {
  monolith: MonolithStatus;
  endpoints: { capability: string; flag: string | null }[];
}

async function status(shop: CapabilityShop): Promise<Status> {
  return JSON.parse(await shop.done('status', '--json')) as Status;
}

export async function monolithStatus(shop: CapabilityShop): Promise<MonolithStatus> {
  return (await status(shop)).monolith;
}

/** Flags of the capability's reads. */
export async function readFlags(shop: CapabilityShop, capability: string): Promise<string[]> {
  const { endpoints } = await status(shop);
  return endpoints.flatMap((one) => (one.capability === capability && one.flag !== null ? [one.flag] : []));
}

/** Refused as long as something is still open: what was begun before the hand-over has to end first. */
export async function untilCompleted(
  shop: CapabilityShop,
  capability: string,
  why: readonly string[],
): Promise<void> {
  await until(`${capability} is completed`, async () => {
    await letAnHourPass(shop);
    const { exitCode } = await shop.strangler('complete', capability, '--confirm', capability, ...why);
    return exitCode === 0;
  });
}

/** An hour in which nobody asked the monolith, as far as its notes tell. */
async function letAnHourPass({ mysqlAdminUrl }: CapabilityShop): Promise<void> {
  const database = await createConnection(mysqlAdminUrl);
  await database.query('UPDATE shop.strangler_uses SET used_at = used_at - INTERVAL 1 HOUR');
  await database.query('UPDATE shop.strangler_instances SET started_at = started_at - INTERVAL 1 HOUR');
  await database.end();
}
