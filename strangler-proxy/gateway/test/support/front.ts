import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Stands before a server that other suites use too, so that it can be taken away from one process alone. */
export interface Front {
  port: number;
  /** Closes all connections and refuses new ones. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** Holds everything back for so many milliseconds, both ways. */
  delay(milliseconds: number): void;
}

export async function standBefore(host: string, port: number): Promise<Front> {
  const open = new Set<Socket>();
  let server: Server;
  let delay = 0;
  const start = (at: number) =>
    new Promise<void>((resolve) => {
      server = createServer((near) => {
        const far = connect(port, host);
        for (const [one, other] of [
          [near, far],
          [far, near],
        ] as const) {
          open.add(one);
          one.on('data', (piece) => {
            if (delay === 0) other.write(piece);
            else setTimeout(() => other.write(piece), delay);
          });
          one.on('error', () => undefined);
          one.on('close', () => {
            open.delete(one);
            other.destroy();
          });
        }
      }).listen(at, '127.0.0.1', resolve);
    });
  await start(0);
  const front = (server!.address() as AddressInfo).port;
  return {
    port: front,
    async cut() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
    restore: () => start(front),
    delay: (milliseconds) => (delay = milliseconds),
  };
}
