import { connect } from 'node:net';
import { guarded } from '#platform/telemetry/guarded.js';

/** Asks once whether a process can do its work; rejects, with the reason, while it can't. */
export type Probe = (signal: AbortSignal) => Promise<void>;

/** Ready when the address answers 2xx. */
export function answersHttp(url: string): Probe {
  return async (signal) => {
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  };
}

/** Ready when a connection is accepted at a port of this machine or a Unix socket. */
export function acceptsConnections(at: number | string): Probe {
  const address = typeof at === 'number' ? { port: at, host: '127.0.0.1' } : { path: at };
  return (signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ ...address, signal });
      socket.once('error', reject);
      socket.once(
        'connect',
        guarded('a probe', () => {
          socket.destroy();
          resolve();
        }),
      );
    });
}
