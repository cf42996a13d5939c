import { createServer, connect } from 'node:net';
import { guarded } from '#platform/telemetry/guarded.js';

/** Nobody answers there, and it can be listened on. Both: macOS lets a loopback address be bound under a wildcard. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return !(await answers(port, host)) && (await canListen(port, host));
}

function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once(
      'connect',
      guarded('a port that is taken', () => {
        socket.destroy();
        resolve(true);
      }),
    );
    socket.once('error', () => resolve(false));
  });
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host }, () => server.close(() => resolve(true)));
  });
}
