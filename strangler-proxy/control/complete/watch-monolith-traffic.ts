import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { findInstances } from '#platform/discovery/find-instances.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';

/** Knows for how long the monolith has answered nothing of a capability. */
export interface MonolithTraffic {
  /** Milliseconds for which no gateway has sent it a request of the capability; 0 where not all gateways could be asked. */
  quietFor(capability: string): number;
  close(): void;
}

/** Milliseconds between two looks at the gateways, and longest wait for one's answer. */
const lookEvery = 5_000;
const answerTimeout = 2_000;

/** Watches the gateways' counters. A gateway that has come, gone or can't be asked begins the quiet time anew. */
export function watchMonolithTraffic(nats: NatsConnection, capabilities: readonly string[]): MonolithTraffic {
  const quietSince = new Map<string, number>();
  let before = new Map<string, string>();
  let known = false;

  async function look(): Promise<void> {
    const statuses = await readStatuses(nats);
    const gateways =
      statuses
        ?.map(({ gateway }) => gateway)
        .toSorted()
        .join(' ') ?? '';
    const now = new Map(
      capabilities.map((capability) => [capability, `${gateways}: ${answersOf(statuses ?? [], capability)}`]),
    );
    known = statuses !== undefined && statuses.length > 0;
    for (const [capability, seen] of now)
      if (!known || before.get(capability) !== seen) quietSince.set(capability, Date.now());
    before = now;
  }

  const timer = setInterval(() => void look().catch(() => (known = false)), lookEvery);
  timer.unref();
  return {
    quietFor: (capability) => (known ? Date.now() - (quietSince.get(capability) ?? Date.now()) : 0),
    close: () => clearInterval(timer),
  };
}

/** Undefined when one of them does not answer. */
async function readStatuses(nats: NatsConnection): Promise<GatewayStatus[] | undefined> {
  const found = await findInstances(nats, 'gateway');
  const statuses = await Promise.all(
    found.map(async ({ metadata }) => {
      const response = await fetch(new URL('/status', metadata['adminUrl']), {
        signal: AbortSignal.timeout(answerTimeout),
      });
      return (await response.json()) as GatewayStatus;
    }),
  ).catch(() => undefined);
  return statuses;
}

/** What the monolith has answered of a capability, through all gateways, since they started. */
function answersOf(statuses: readonly GatewayStatus[], capability: string): number {
  return statuses
    .flatMap(({ endpoints }) => endpoints)
    .filter((endpoint) => endpoint.capability === capability)
    .flatMap(({ sinceStart }) => Object.values(sinceStart.sides.monolith.answers))
    .reduce((total, count) => total + count, 0);
}
