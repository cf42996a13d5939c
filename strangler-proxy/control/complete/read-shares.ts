import type { KnownGateways } from '../gateways/known-gateways.js';

/** An endpoint whose reads a gateway still sends to the monolith. */
export interface ReadAtMonolith {
  endpoint: string;
  flag: string;
  /** Percent that goes to the service; null where it is decided for each request. */
  percent: number | null;
}

/**
 * What the gateways' flags still send to the monolith of a capability.
 * @throws when one of them does not answer, or there is none
 */
export async function readsAtMonolith(
  gateways: Pick<KnownGateways, 'statuses'>,
  capability: string,
): Promise<ReadAtMonolith[]> {
  const reads = (await gateways.statuses())
    .flatMap(({ endpoints }) => endpoints)
    .filter((one) => one.capability === capability && one.flag !== null && one.wanted.percent !== 100)
    .map(({ endpoint, flag, wanted }) => ({ endpoint, flag: flag ?? '', percent: wanted.percent }));
  return [...new Map(reads.map((read) => [read.flag, read])).values()];
}

/**
 * Gateways that don't act yet on the monolith's leaving of a capability: reads that fail at the service still go there.
 * @returns their addresses
 * @throws when one of them does not answer, or there is none
 */
export async function notLeaving(
  gateways: Pick<KnownGateways, 'statuses'>,
  capability: string,
): Promise<string[]> {
  return (await gateways.statuses()).flatMap(({ url, capabilities }) => {
    // A gateway that knows of no owners sends reads by flags alone, and never to the other side.
    const one = capabilities?.find((status) => status.capability === capability);
    return one && one.owners !== null && !one.monolithLeaves ? [url] : [];
  });
}
