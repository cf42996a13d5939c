import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, ErrorCode, type NatsConnection, NatsError } from 'nats';

/**
 * Connects to NATS and stays connected: first attempt and every later one are repeated for ever,
 * since a broker that is down must never end a process that can work without it.
 * @param program name shown in the server's connection list
 * @param url `nats://[user:password@]host:port`; several, comma-separated, name a cluster
 */
export function connectNats(program: string, url: string): Promise<NatsConnection> {
  return connect({ ...lasting(program, url), waitOnFirstConnect: true });
}

function lasting(program: string, url: string): ConnectionOptions {
  return {
    ...accountAt(program, url),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    pingInterval: 2_000,
    maxPingOut: 2,
  };
}

/**
 * The same, until it is not wanted any more: the client itself goes on with its first attempt for ever, and keeps the
 * process alive.
 * @throws when the account is refused, or the signal's reason
 */
export async function connectNatsWhileWanted(
  program: string,
  url: string,
  signal: AbortSignal,
): Promise<NatsConnection> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await connect({ ...lasting(program, url), timeout: 5_000 });
    } catch (error) {
      if (error instanceof NatsError && refusals.has(error.code)) throw error;
      await sleep(250, undefined, { signal });
    }
  }
}

const refusals = new Set<string>([
  ErrorCode.AuthorizationViolation,
  ErrorCode.BadAuthentication,
  ErrorCode.AuthenticationExpired,
  ErrorCode.PermissionsViolation,
]);

/**
 * Connects to NATS with one attempt that takes two seconds at most: for a command that a person waits for.
 * @throws when nobody answers, or the account is refused
 */
export function connectNatsOnce(program: string, url: string): Promise<NatsConnection> {
  return connect({ ...accountAt(program, url), reconnect: false, timeout: 2_000 });
}

function accountAt(name: string, url: string): Pick<ConnectionOptions, 'name' | 'servers' | 'user' | 'pass'> {
  const servers = url.split(',').map((one) => new URL(one));
  const first = servers[0];
  return {
    name,
    servers: servers.map((server) => server.host),
    ...(first?.username
      ? { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) }
      : {}),
  };
}
