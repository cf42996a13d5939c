import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { findInstances } from '#platform/discovery/find-instances.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';

/** An endpoint whose reads a gateway still sends to the monolith. */
export interface ReadAtMonolith {
  endpoint: string;
  flag: string;
  /** Percent that goes to the service; null where it is decided for each request. */
  percent: number | null;
}

/** Longest wait for a gateway's answer, in milliseconds. */
const answerTimeout = 2_000;

/**
 * What the gateways' flags still send to the monolith of a capability.
 * @throws when one of them does not answer
 */
export async function readsAtMonolith(nats: NatsConnection, capability: string): Promise<ReadAtMonolith[]> {
  const found = await findInstances(nats, 'gateway');
  const statuses = await Promise.all(found.map(({ metadata }) => readStatus(metadata['adminUrl'] ?? '')));
  const reads = statuses
    .flatMap(({ endpoints }) => endpoints)
    .filter((one) => one.capability === capability && one.flag !== null && one.wanted.percent !== 100)
    .map(({ endpoint, flag, wanted }) => ({ endpoint, flag: flag ?? '', percent: wanted.percent }));
  return [...new Map(reads.map((read) => [read.flag, read])).values()];
}

async function readStatus(adminUrl: string): Promise<GatewayStatus> {
  try {
    const response = await fetch(new URL('/status', adminUrl), {
      signal: AbortSignal.timeout(answerTimeout),
    });
    return (await response.json()) as GatewayStatus;
  } catch (cause) {
    throw new Error(`the gateway at ${adminUrl} does not say what its flags want`, { cause });
  }
}
