import type { GatewayConfig } from '../config/gateway-config.js';

type Limits = Pick<GatewayConfig, 'monolithLimits' | 'capabilities' | 'endpoints' | 'unmapped' | 'parking'>;

/** A side that is late may be asked at a second instance, and then the other side likewise. */
const attempts = 4;

/** More milliseconds than any request waits for an answer, or for the next piece of one, by all limits together. */
export function longestWait({ monolithLimits, capabilities, endpoints, unmapped, parking }: Limits): number {
  const bounded = [monolithLimits, ...Object.values(capabilities), ...endpoints, unmapped];
  const times = bounded.flatMap(({ timeouts: { answer = 0, idle = 0 } }) => [answer, idle]);
  return attempts * Math.max(...times) + parking.time + parking.absence;
}
