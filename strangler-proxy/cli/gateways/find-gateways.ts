import { findInstances } from '#platform/discovery/find-instances.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import type { Places } from '../system/locate-system.js';

/** Admin addresses of the gateways, and what hindered finding all of them. */
export interface FoundGateways {
  adminUrls: string[];
  /** A sentence for the user, where NATS could not be asked who else is there. */
  warning: string | undefined;
}

/**
 * Finds all gateways: those that registered themselves in NATS, and the one that `npm start` runs.
 * Where the user names gateways, it is these and no others.
 */
export async function findGateways(places: Places): Promise<FoundGateways> {
  const named = places.gatewayAdmins.map(originOf);
  if (places.onlyNamedGateways || places.natsUrl === undefined)
    return { adminUrls: unique(named), warning: undefined };
  try {
    return { adminUrls: unique([...named, ...(await registered(places.natsUrl))]), warning: undefined };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      adminUrls: unique(named),
      warning: `NATS can't be asked which gateways there are (${why}): only those with a known address are shown`,
    };
  }
}

async function registered(natsUrl: string): Promise<string[]> {
  const nats = await connectNatsOnce('strangler', natsUrl);
  try {
    const found = await findInstances(nats, 'gateway');
    return found.flatMap(({ metadata }) => (metadata['adminUrl'] ? [originOf(metadata['adminUrl'])] : []));
  } finally {
    await nats.close();
  }
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
