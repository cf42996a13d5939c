import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { guarded } from '#platform/telemetry/guarded.js';

/** A listening server, and the way to end it without cutting a request short. */
export interface HttpServer {
  port: number;
  /** Takes no new connections, lets requests in flight finish, then resolves; after the bound it cuts what is left. */
  close(): Promise<void>;
}

/** Longest that a graceful end waits for requests in flight, in milliseconds. */
const drainBound = 10_000;
/** Time in which connections that are kept alive may still bring a request; its answer says that it was the last. */
const lastRequests = 500;

/**
 * Listens, with the time limits that keep slow clients from holding sockets for ever.
 * @param port 0 takes any free one
 */
export async function serveHttp(listener: RequestListener, host: string, port: number): Promise<HttpServer> {
  let closing = false;
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
    },
    (request, response) => {
      if (closing) response.setHeader('connection', 'close');
      listener(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      closing = true;
      return drain(server);
    },
  };
}

/**
 * Node's own `close` cuts idle connections at once, also the one on which a request is just arriving: who sent that can't
 * know whether it was carried out.
 */
async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  await Promise.race([closed, wait(lastRequests)]);
  // A connection that was busy a moment ago turns idle without being closed: look again until all are gone.
  const idle = setInterval(
    guarded('a drain', () => server.closeIdleConnections()),
    50,
  );
  const cut = setTimeout(
    guarded('a drain', () => server.closeAllConnections()),
    drainBound,
  );
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
