import { connect, type ConnectionOptions, type NatsConnection } from 'nats';

/**
 * Connects to NATS and stays connected: first attempt and every later one are repeated for ever,
 * since a broker that is down must never end a process that can work without it.
 * @param program name shown in the server's connection list
 * @param url `nats://[user:password@]host:port`; several, comma-separated, name a cluster
 */
export function connectNats(program: string, url: string): Promise<NatsConnection> {
  return connect({
    ...accountAt(program, url),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    pingInterval: 2_000,
    maxPingOut: 2,
  });
}

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
