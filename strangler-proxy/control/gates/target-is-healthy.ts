import type { Side } from '#contracts/strangler/move.js';
import { followInstances } from '#platform/discovery/find-instances.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { GatewayConfig } from '../../gateway/config/gateway-config.js';
import { registeredAddresses } from '../../gateway/config/registered-addresses.js';
import type { Gate } from './gate.js';

/** Where the instances of a side are, as far as is known. */
export interface Instances {
  of(capability: string, side: Side): string[];
  close(): void;
}

/** Milliseconds between two looks at who is registered, and longest wait for the answer to a health check. */
const lookEvery = 2_000;
const answerTimeout = 1_000;

/** Fixed addresses of the configuration, and those that are registered under its names. */
export function watchInstances(
  nats: NatsConnection,
  { monolith, capabilities }: Pick<GatewayConfig, 'monolith' | 'capabilities'>,
): Instances {
  const found = new Map<string, string[]>();
  const upstreamOf = (capability: string, side: Side) =>
    side === 'monolith' ? monolith : capabilities[capability]?.service;
  const upstreams = [monolith, ...Object.values(capabilities).map(({ service }) => service)];
  const hostsOf = new Map(
    upstreams.flatMap((upstream) => (upstream?.discover ? [[upstream.discover, upstream.hosts]] : [])),
  );
  const stops = [...hostsOf].map(([name, hosts]) =>
    followInstances(
      () => nats,
      name,
      lookEvery,
      (instances) => found.set(name, registeredAddresses(hosts, instances).urls),
    ),
  );
  return {
    of(capability, side) {
      const upstream = upstreamOf(capability, side);
      return [...(upstream?.urls ?? []), ...(upstream?.discover ? (found.get(upstream.discover) ?? []) : [])];
    },
    close: () => {
      for (const stop of stops) stop();
    },
  };
}

/** Whoever receives the buckets is there to take their writes. */
export function targetIsHealthy(instances: Instances): Gate {
  return async ({ capability, step: { to } }) => {
    const urls = instances.of(capability, to);
    const answers = await Promise.all(urls.map(isReady));
    const ready = answers.filter(Boolean).length;
    const who = to === 'monolith' ? 'the monolith' : `the ${capability} service`;
    return {
      name: 'target healthy',
      open: ready > 0,
      figure: `${ready} of ${urls.length} instances ready`,
      limit: 'at least 1',
      reason:
        ready > 0
          ? null
          : urls.length === 0
            ? `no instance of ${who} is registered: is it running, and its sidecar?`
            : `no instance of ${who} is ready (${urls.join(', ')}): look at its /health/ready`,
    };
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/health/ready', url), {
      signal: AbortSignal.timeout(answerTimeout),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
