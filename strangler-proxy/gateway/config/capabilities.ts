import type { ConsistencyConfig, GatewayConfig } from './gateway-config.js';

/** All capabilities that a configuration names, those with settings first. */
export function capabilityNames({ capabilities, endpoints }: GatewayConfig): string[] {
  const named = endpoints.flatMap(({ capability }) => (capability ? [capability] : []));
  return [...new Set([...Object.keys(capabilities), ...named])];
}

/** Capabilities whose service holds a copy of its own, which may lag; with what is asked of it. */
export function replicatedCapabilities({
  capabilities,
}: Pick<GatewayConfig, 'capabilities'>): Map<string, ConsistencyConfig> {
  return new Map(
    Object.entries(capabilities).flatMap(([name, { service, consistency }]) =>
      service && consistency !== 'none' ? [[name, consistency] as const] : [],
    ),
  );
}

/** How clients are told of a capability that can't answer: "Payment service". */
export function titleOf({ capabilities }: GatewayConfig, capability: string | null): string {
  if (capability === null) return 'The service';
  const title = capabilities[capability]?.title ?? capability.charAt(0).toUpperCase() + capability.slice(1);
  return `${title} service`;
}
