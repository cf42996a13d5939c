import type { Sequelize } from 'sequelize';
import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import {
  gatewayLeftSchema,
  gatewayLeftSubject,
  type GatewayList,
  type KnownGateway,
} from '#contracts/strangler/known-gateways.js';
import { type FoundInstance, findInstances } from '#platform/discovery/find-instances.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { readGateways, rememberGateway, removeGateway } from './gateway-table.js';

/** The gateways that serve clients, also those that NATS does not name at the moment. */
export interface KnownGateways {
  /** All of them. @throws when the database can't be asked */
  list(): Promise<GatewayList>;
  /**
   * What each of them says of itself.
   * @throws when one does not answer or can't be asked, or none is known: nobody can say then what clients are served by
   */
  statuses(): Promise<GatewayStatus[]>;
  /** Whether one answers at this address, or is registered with it. */
  isThere(adminUrl: string): Promise<boolean>;
  close(): void;
}

/** Milliseconds between two looks, between two notes that one is still there, and longest wait for a gateway's answer. */
const lookEvery = 5_000;
const noteEvery = 60_000;
const answerTimeout = 2_000;

/** Ids of gateways that have left: a look that began before may still find them. */
const mostLeft = 100;

/**
 * Remembers in the database every gateway that was ever found, until it says good-bye or a person forgets it. One that is cut off
 * from NATS, or hangs, or can't be reached from here may serve clients all the same, by the flags that it knew.
 */
export function rememberGateways(nats: NatsConnection, database: Sequelize, logger: Logger): KnownGateways {
  let noted = new Map<string, { gateway: string; at: number }>();
  let left: readonly string[] = [];

  /**
   * @param afresh whether to note also those that were noted a moment ago: a person may have forgotten them since
   * @returns those that are registered
   */
  async function look(afresh: boolean): Promise<Registered> {
    const registered = tellApart(await findInstances(nats, 'gateway'), left);
    const now = performance.now();
    const before = noted;
    noted = new Map();
    for (const { gateway, adminUrl } of registered.gateways) {
      const last = before.get(adminUrl);
      const isNoted = !afresh && last?.gateway === gateway && now - last.at < noteEvery;
      // It may have said good-bye while this look was under way.
      if (!isNoted && !left.includes(gateway)) await rememberGateway(database, { gateway, adminUrl });
      noted.set(adminUrl, isNoted ? last : { gateway, at: now });
    }
    return registered;
  }

  async function leave(adminUrl: string, gateway: string): Promise<object> {
    left = [...left.slice(1 - mostLeft), gateway];
    noted.delete(adminUrl);
    if (await removeGateway(database, { adminUrl, gateway }))
      logger.info({ adminUrl, gateway }, 'a gateway has left');
    return {};
  }

  const timer = setInterval(
    guarded('a look for gateways', () =>
      look(false).catch((error: unknown) => logger.warn({ err: error }, 'gateways could not be looked for')),
    ),
    lookEvery,
  );
  timer.unref();
  const stopAnswering = answerJson(
    nats,
    gatewayLeftSubject,
    gatewayLeftSchema,
    ({ gateway, adminUrl }) => leave(adminUrl, gateway),
    (error) => logger.warn({ err: error }, 'the good-bye of a gateway was not taken'),
  );
  return {
    async list() {
      await look(true).catch(() => undefined);
      return readGateways(database);
    },
    async statuses() {
      const { problem } = await look(true);
      if (problem !== undefined) throw new Error(problem);
      const { items: known } = await readGateways(database);
      if (known.length === 0) throw new Error('no gateway is known: nobody says what clients are served by');
      return Promise.all(known.map(statusOf));
    },
    async isThere(adminUrl) {
      const { gateways } = await look(true);
      return gateways.some((one) => one.adminUrl === adminUrl) || (await askStatus(adminUrl)) !== undefined;
    },
    close() {
      clearInterval(timer);
      stopAnswering();
    },
  };
}

interface Registered {
  /** One at each address. */
  gateways: Pick<KnownGateway, 'gateway' | 'adminUrl'>[];
  /** Why another one that is registered can't be asked. */
  problem: string | undefined;
}

/** @param left ids of those that said good-bye */
function tellApart(found: readonly FoundInstance[], left: readonly string[]): Registered {
  const gateways = new Map<string, string>();
  let problem: string | undefined;
  for (const { metadata } of found) {
    const { gateway = '', adminUrl = '' } = metadata;
    if (left.includes(gateway)) continue;
    if (!isStorable(gateway, adminUrl)) {
      problem = `a gateway has registered at an address where nobody can ask it: ${JSON.stringify(adminUrl.slice(0, 300))}`;
      continue;
    }
    const { origin } = new URL(adminUrl);
    const other = gateways.get(origin);
    if (other !== undefined && other !== gateway)
      problem = `several gateways say that they are at ${origin}, and only one of them can be asked there: give each an admin.publicUrl of its own`;
    // Always the same one, so that the list does not change with each look.
    if (other === undefined || gateway < other) gateways.set(origin, gateway);
  }
  return { gateways: [...gateways].map(([adminUrl, gateway]) => ({ adminUrl, gateway })), problem };
}

/** What registers itself may say anything of itself. */
function isStorable(gateway: string, adminUrl: string): boolean {
  return (
    /^[!-~]{1,64}$/.test(gateway) &&
    /^https?:/.test(adminUrl) &&
    adminUrl.length <= 255 &&
    URL.canParse(adminUrl)
  );
}

async function statusOf({ adminUrl, lastSeenAt }: KnownGateway): Promise<GatewayStatus> {
  const status = await askStatus(adminUrl);
  if (status) return status;
  throw new Error(
    `the gateway at ${adminUrl}, last seen on ${lastSeenAt}, does not say what its flags want; if it is gone for good: "npx strangler gateways forget ${adminUrl}"`,
  );
}

/** @returns undefined where no gateway answers */
async function askStatus(adminUrl: string): Promise<GatewayStatus | undefined> {
  try {
    const response = await fetch(new URL('/status', adminUrl), {
      signal: AbortSignal.timeout(answerTimeout),
    });
    const status = (await response.json()) as GatewayStatus;
    return Array.isArray(status.endpoints) ? status : undefined;
  } catch {
    return undefined;
  }
}
