import { findInstances } from '#platform/discovery/find-instances.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { openControl } from '../control/control-client.js';
import type { Places } from '../system/locate-system.js';

/** A gateway that should be there and can't be asked. */
export interface SilentGateway {
  adminUrl: string;
  why: string;
}

/** Admin addresses of the gateways, and what hindered finding all of them. */
export interface FoundGateways {
  adminUrls: string[];
  /** Those of them that only the control plane knows, from before. */
  remembered: ReadonlySet<string>;
  /** Those that are registered at the address of another one, where they can't be asked. */
  hidden: SilentGateway[];
  /** How many times as long as usual their answers are waited for. */
  patience: number;
  /** For the user, where somebody could not be asked who else is there. */
  warning: string | undefined;
}

/** Longest wait for the control plane, in milliseconds. */
const patience = 2_000;

/**
 * Finds all gateways: those that registered themselves in NATS, those that the control plane remembers, and the one that
 * `npm start` runs. Where the user names gateways, it is these and no others.
 */
export async function findGateways(places: Places): Promise<FoundGateways> {
  const named = places.gatewayAdmins.map(originOf);
  if (places.onlyNamedGateways)
    return {
      adminUrls: unique(named),
      remembered: new Set(),
      hidden: [],
      patience: places.patience,
      warning: undefined,
    };
  const [registered, remembered] = await Promise.all([
    askFor('NATS', () => findRegistered(places.natsUrl)),
    askFor('The control plane', () => readRemembered(places)),
  ]);
  const here = unique([...named, ...registered.found.map(({ adminUrl }) => adminUrl)]);
  const others = unique(remembered.found).filter((url) => !here.includes(url));
  const warnings = [registered, remembered].flatMap(({ problem }) => problem ?? []);
  return {
    adminUrls: [...here, ...others],
    remembered: new Set(others),
    hidden: hiddenAmong(registered.found),
    patience: places.patience,
    warning:
      warnings.length === 0
        ? undefined
        : `${warnings.join('; ')}: there may be gateways that are not shown here`,
  };
}

async function askFor<Found>(
  whom: string,
  ask: () => Promise<Found[]>,
): Promise<{ found: Found[]; problem?: string }> {
  try {
    return { found: await ask() };
  } catch (error) {
    const why = messageOf(error);
    return { found: [], problem: `${whom} can't be asked which gateways there are (${why})` };
  }
}

interface RegisteredGateway {
  adminUrl: string;
  gateway: string;
}

async function findRegistered(natsUrl: string | undefined): Promise<RegisteredGateway[]> {
  if (natsUrl === undefined) return [];
  const nats = await connectNatsOnce('strangler', natsUrl);
  try {
    const found = await findInstances(nats, 'gateway');
    return found.flatMap(({ metadata: { adminUrl, gateway = '' } }) =>
      adminUrl ? [{ adminUrl: originOf(adminUrl), gateway }] : [],
    );
  } finally {
    await nats.close();
  }
}

/** Of several at one address, one can be asked there. */
function hiddenAmong(registered: readonly RegisteredGateway[]): SilentGateway[] {
  const shared = registered.filter(({ adminUrl, gateway }) =>
    registered.some((other) => other.adminUrl === adminUrl && other.gateway !== gateway),
  );
  return unique(shared.map(({ adminUrl }) => adminUrl)).map((adminUrl) => ({
    adminUrl,
    why: 'is the address of several gateways, and only one of them can be asked there: give each an admin.publicUrl of its own',
  }));
}

async function readRemembered(places: Places): Promise<string[]> {
  if (!places.control) return [];
  const { items } = await openControl(places, patience).gateways();
  return items.map(({ adminUrl }) => originOf(adminUrl));
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
