import { execFileSync } from 'node:child_process';
import type { GatewayConfig } from '../config/gateway-config.js';

/** Files that a gateway has open besides its connections: logs, modules, sockets that listen, the connection to NATS. */
const besides = 64;

/**
 * Says what stands in the way when this process may not open as many files as the configured connections need; each
 * connection is an open file. Without a word, clients beyond the limit would be cut off by the operating system.
 * @param limit open files that the process may have, see `openFilesLimit`
 * @returns undefined when there are enough
 */
export function tooFewOpenFiles(
  config: Pick<GatewayConfig, 'limits' | 'monolithLimits' | 'capabilities'>,
  limit: number,
): string | undefined {
  // Every capability has a place of its own at both sides, and the monolith one for what belongs to none.
  const upstreams = Object.values(config.capabilities).reduce(
    (sum, { bulkhead }) => sum + 2 * bulkhead.concurrent,
    config.monolithLimits.bulkhead.concurrent,
  );
  const needed = config.limits.connections + upstreams + besides;
  if (limit >= needed) return undefined;
  return (
    `this process may have ${limit} files open, and ${needed} are needed for limits.connections (${config.limits.connections}) ` +
    `and the bulkheads (${upstreams}): raise the limit (ulimit -Hn, LimitNOFILE of systemd, ulimits of Compose), or lower limits.connections`
  );
}

/** How many files this process may have open; Infinity when there is no limit, or the machine doesn't tell. */
export function openFilesLimit(): number {
  try {
    // Node raises its own limit to the highest that it may have, and what it starts inherits that.
    const told = execFileSync('sh', ['-c', 'ulimit -n'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /^\d+$/.test(told.trim()) ? Number(told) : Infinity;
  } catch {
    // an image without a shell
    return Infinity;
  }
}
