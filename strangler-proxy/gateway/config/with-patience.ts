import type { CapabilityConfig, GatewayConfig, UpstreamLimits } from './gateway-config.js';

/**
 * The same configuration with every wait for others as many times as long as its `patience` says. What is a property of
 * data, as the age of a replica that may be read, stays.
 */
export function withPatience(config: GatewayConfig): GatewayConfig {
  const { patience } = config;
  if (patience === 1) return config;
  const { natsTimeouts, parking, limits } = config;
  return {
    ...config,
    monolithLimits: lengthen(config.monolithLimits, patience),
    natsTimeouts: {
      flush: natsTimeouts.flush * patience,
      ownership: natsTimeouts.ownership * patience,
    },
    capabilities: Object.fromEntries(
      Object.entries(config.capabilities).map(([name, capability]) => [
        name,
        {
          ...capability,
          ...lengthen(capability, patience),
          consistency: consistencyOf(capability, patience),
        },
      ]),
    ),
    parking: { ...parking, time: parking.time * patience, absence: parking.absence * patience },
    limits: { ...limits, headersTime: limits.headersTime * patience },
  };
}

function consistencyOf({ consistency }: CapabilityConfig, patience: number): CapabilityConfig['consistency'] {
  if (consistency === 'none') return consistency;
  const { listWait, mixedListWait } = consistency;
  return { ...consistency, listWait: listWait * patience, mixedListWait: mixedListWait * patience };
}

function lengthen({ timeouts, bulkhead, breaker }: UpstreamLimits, patience: number): UpstreamLimits {
  return {
    breaker,
    timeouts: {
      ...timeouts,
      connect: timeouts.connect * patience,
      answer: timeouts.answer * patience,
    },
    bulkhead: { ...bulkhead, wait: bulkhead.wait * patience },
  };
}
