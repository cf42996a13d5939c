import { Client } from 'undici';

/** Kept-alive connections to one instance. */
export interface Connections {
  /** An idle connection, the one used last if there are several; or a new one. */
  take(): Client;
  giveBack(connection: Client): void;
  close(): Promise<void>;
}

export interface ConnectionLimits {
  /** Milliseconds to connect. */
  connect: number;
  /** Milliseconds between two pieces of a body. */
  idle: number;
}

/**
 * One request at a time per connection; how many there are is bounded by the bulkhead before them. A stack, unlike
 * undici's own pool, finds an idle connection at once and lets the ones not needed go idle and close.
 */
export function openConnections(url: string, { connect, idle }: ConnectionLimits): Connections {
  const all = new Set<Client>();
  const free: Client[] = [];

  function open(): Client {
    const connection = new Client(url, {
      pipelining: 1,
      connectTimeout: connect,
      bodyTimeout: idle,
      // The wait for an answer's head is bounded by the gateway's own deadlines, which count the whole of it.
      headersTimeout: 0,
      maxHeaderSize: 64 * 1024,
    });
    all.add(connection);
    return connection;
  }

  return {
    take: () => free.pop() ?? open(),
    giveBack: (connection) => void free.push(connection),
    async close() {
      await Promise.all([...all].map((connection) => connection.destroy()));
    },
  };
}
