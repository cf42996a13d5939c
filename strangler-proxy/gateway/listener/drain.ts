import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { guarded } from '#platform/telemetry/guarded.js';
import type { GatewayServer } from './gateway-response.js';

/** Bounds of a drain, in milliseconds. */
export interface DrainLimits {
  /** How long connections that are idle may still bring a request after new ones are refused. */
  idle: number;
  /** Longest wait for requests in flight; what is left then is cut. */
  limit: number;
}

/** The server's open connections, kept as they come and go. */
export function trackConnections(server: GatewayServer): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on(
    'connection',
    guarded('a new client', (socket: Socket) => {
      open.add(socket);
      socket.once('close', () => void open.delete(socket));
    }),
  );
  return open;
}

/**
 * Takes no new connections, and lets those there are finish. Node's own `close` cuts idle connections at once, also
 * the one on which a request is just arriving; here they get some time first, in which answers say `Connection: close`.
 */
export async function drainServer(
  server: GatewayServer,
  open: ReadonlySet<Socket>,
  { idle, limit }: DrainLimits,
): Promise<void> {
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const deadline = wait(limit, 'late', { ref: false });
  const allClosed = new AbortController();
  const { signal } = allClosed;
  await Promise.race([closed, wait(Math.min(idle, limit), undefined, { signal }).catch(() => undefined)]);
  allClosed.abort();
  const closing = setInterval(
    guarded('a drain', () => closeIdle(server, open)),
    50,
  );
  const outcome = await Promise.race([closed, deadline]);
  clearInterval(closing);
  if (outcome === 'late') for (const socket of open) socket.destroy();
  await closed;
}

/** Node does not take a connection for idle on which nothing has come yet. */
function closeIdle(server: GatewayServer, open: ReadonlySet<Socket>): void {
  server.closeIdleConnections();
  for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
}
