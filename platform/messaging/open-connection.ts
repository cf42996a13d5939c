import { createConnection, type Socket } from 'node:net';
import type { ConnectionOptions, NatsConnection } from 'nats';
import { NatsConnectionImpl, setTransportFactory } from 'nats/lib/nats-base-client/internal_mod.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { NodeTransport, nodeResolveHost } from 'nats/lib/src/node_transport.js';

interface AbortableOptions extends ConnectionOptions {
  /** Ends an attempt to connect. An open connection is ended by its `close`. */
  abort?: AbortSignal | undefined;
}

/**
 * The client's own transport, apart from one thing: it closes the socket of a connection that was never established. The
 * client keeps such a socket for ever, and with it the process, one for each attempt at a broker that accepts connections
 * and says nothing.
 */
class ClosingTransport extends NodeTransport {
  private dialled: Socket | undefined;

  override async connect(server: Parameters<NodeTransport['connect']>[0], options: AbortableOptions) {
    const giveUp = () => this.dialled?.destroy();
    options.abort?.addEventListener('abort', giveUp, { once: true });
    try {
      await super.connect(server, options);
    } finally {
      options.abort?.removeEventListener('abort', giveUp);
    }
  }

  override dial({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
    return new Promise((resolve, reject) => {
      let problem: Error | undefined;
      const socket = createConnection(port, hostname);
      this.dialled = socket.setNoDelay(true);
      socket.on(
        'error',
        guarded('a connection to NATS', (error: Error) => (problem = error)),
      );
      socket.on('close', () => reject(problem ?? new Error('the connection was closed')));
      socket.on(
        'connect',
        guarded('a connection to NATS', () => {
          socket.removeAllListeners();
          resolve(socket);
        }),
      );
    });
  }

  override close(error?: Error): Promise<void> {
    if (!this.connected) this.dialled?.destroy();
    return super.close(error);
  }
}

/**
 * The client's `connect`, which leaves no socket behind.
 * @param abort ends the attempt
 */
export function openConnection(options: ConnectionOptions, abort?: AbortSignal): Promise<NatsConnection> {
  // The client has one factory for all connections, and asks it at each reconnection, too.
  setTransportFactory({ factory: () => new ClosingTransport(), dnsResolveFn: nodeResolveHost });
  const abortable: AbortableOptions = { ...options, abort };
  return NatsConnectionImpl.connect(abortable);
}
