import { connect, createServer, type Socket } from 'node:net';

/** A way to a broker that can fall silent: it goes on accepting connections, and passes no byte on. */
export interface SilentBroker {
  url: string;
  /** How many connections clients have open. */
  open(): number;
  /** How many clients have opened since the start. */
  accepted(): number;
  /** @param how `cut` closes the connections there are; `kept` leaves them open, as a broker that is frozen does */
  fallSilent(how: 'cut' | 'kept'): void;
  /** Passes new connections on. */
  speak(): void;
  close(): Promise<void>;
}

/** @param url of the real broker; without one, it never says anything */
export async function startSilentBroker(url?: string): Promise<SilentBroker> {
  const target = url === undefined ? undefined : new URL(url);
  const clients = new Set<Socket>();
  let silent = target === undefined;
  let accepted = 0;
  const server = createServer((client) => {
    accepted += 1;
    clients.add(client);
    // Reads on, so that it hears of the end.
    client.on('error', () => undefined).resume();
    if (target && !silent) passOn(client, target);
    client.on('close', () => clients.delete(client));
  });

  function passOn(client: Socket, { hostname, port }: URL): void {
    const broker = connect(Number(port), hostname);
    broker.on('error', () => undefined).on('data', (bytes) => void (silent || client.write(bytes)));
    client.on('data', (bytes) => void (silent || broker.write(bytes)));
    client.on('close', () => broker.destroy());
    broker.on('close', () => client.destroy());
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  const own = new URL(url ?? 'nats://127.0.0.1');
  own.hostname = '127.0.0.1';
  own.port = String(address.port);
  return {
    url: own.href,
    open: () => clients.size,
    accepted: () => accepted,
    fallSilent(how) {
      silent = true;
      if (how === 'cut') for (const client of clients) client.destroy();
    },
    speak: () => void (silent = false),
    async close() {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
