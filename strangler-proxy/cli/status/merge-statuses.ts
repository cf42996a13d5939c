import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { type CapabilityView, mergeCapability } from './merge-capability.js';
import { type EndpointView, mergeEndpoint } from './merge-endpoint.js';
import { groupByName } from './several-gateways.js';

export interface MergedStatus {
  endpoints: EndpointView[];
  capabilities: CapabilityView[];
}

/** Makes one picture of what all gateways tell; they may be configured differently. */
export function mergeStatuses(gateways: readonly GatewayStatus[]): MergedStatus {
  const best = gateways.toSorted((one, other) => lastContact(other) - lastContact(one));
  return {
    endpoints: groupByName(
      best,
      ({ endpoints }) => endpoints,
      ({ endpoint }) => endpoint,
    ).map(mergeEndpoint),
    capabilities: groupByName(
      best,
      ({ capabilities }) => capabilities,
      ({ capability }) => capability,
    ).map(mergeCapability),
  };
}

function lastContact({ flags }: GatewayStatus): number {
  return flags.contactedAt === null ? 0 : Date.parse(flags.contactedAt);
}
