import type { Statuses } from '../gateways/read-statuses.js';
import type { EndpointView } from './merge-endpoint.js';
import type { MergedStatus } from './merge-statuses.js';

/** UUIDv7 begin with the time: the end tells gateways apart. */
export function shortId(gateway: string): string {
  return gateway.length > 12 ? gateway.slice(-8) : gateway;
}

/** Flags older than this many milliseconds mean that Unleash can't be reached. */
const oldFlags = 10_000;

/** Everything that an operator should look at. */
export function concerns(merged: MergedStatus, { answering, silent }: Statuses): string[] {
  return [
    ...silent.map(({ adminUrl, why }) => `the gateway at ${adminUrl} ${why}`),
    ...answering.flatMap(({ status: { gateway, ready, flags, nats } }) => [
      ...(ready ? [] : [`gateway ${shortId(gateway)} is not ready`]),
      ...(flags.source === 'unleash' && (flags.ageMs ?? 0) > oldFlags
        ? [
            `gateway ${shortId(gateway)} has not heard from Unleash for ${Math.round((flags.ageMs ?? 0) / 1000)} s: it acts on the flags it knows`,
          ]
        : []),
      ...(nats === 'cut-off'
        ? [`gateway ${shortId(gateway)} is cut off from NATS: it reads from the owner only`]
        : []),
    ]),
    ...merged.endpoints.flatMap((view) => endpointConcerns(view)),
    ...merged.capabilities.flatMap(({ capability, upstreams }) =>
      upstreams.service && upstreams.service.breaker !== 'closed'
        ? [
            `the breaker of the ${capability} service is ${upstreams.service.breaker}: reads fall back to the monolith`,
          ]
        : [],
    ),
  ];
}

function endpointConcerns({ flag, endpoint, wanted, behind }: EndpointView): string[] {
  if (flag === null) return [];
  return [
    ...(wanted.percent === null && wanted.reason
      ? [`${flag} is decided for each request: ${wanted.reason}`]
      : []),
    ...(behind.length > 0
      ? [
          `${flag} (${endpoint}): ${behind.map(shortId).join(', ')} still acts on an older flag than the others`,
        ]
      : []),
  ];
}
