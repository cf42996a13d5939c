import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, DropArgument, Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '#platform/errors/app-error.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { GatewayConfig } from '../config/gateway-config.js';
import { ClientRequest } from './client-request.js';
import { endIdleWithin, type IdleLimits } from './end-idle.js';
import { GatewayResponse, type GatewayServer } from './gateway-response.js';
import { type ClientConnection, type Handle } from './in-turn.js';
import { lingerOnClose } from './lingering-close.js';
import { answerUnreadable, type ListenerEvents, tunnel } from './answer-unreadable.js';

/** How often Node looks for connections that take too long, in milliseconds: its time limits are no finer than this. */
const checkEvery = 500;

/** The server that clients connect to, with every limit set. */
export function createClientListener(
  limits: GatewayConfig['limits'] & IdleLimits,
  handle: Handle,
  connectionOf: (from: { socket: Socket }) => ClientConnection,
  events: ListenerEvents,
): GatewayServer {
  const requestTime = limits.requestTime;
  // Node wants it so; without a limit for all of a request there is one for its head all the same.
  const headersTime = requestTime > 0 ? Math.min(limits.headersTime, requestTime) : limits.headersTime;
  const timeOfHead = headersTime < limits.headersTime ? 'limits.requestTime' : 'limits.headersTime';
  const refuse = (error: NodeJS.ErrnoException, socket: Socket) =>
    answerUnreadable({ error, socket, timeOfHead }, connectionOf({ socket }), events);
  const server = createServer({
    IncomingMessage: ClientRequest,
    ServerResponse: GatewayResponse,
    maxHeaderSize: limits.headers,
    headersTimeout: headersTime,
    requestTimeout: requestTime,
    connectionsCheckingInterval: checkEvery,
    keepAliveTimeout: limits.keepAlive,
    noDelay: true,
    insecureHTTPParser: false,
    // Checked with all else that makes a request ambiguous, to answer in the same way.
    requireHostHeader: false,
  });
  // Without a limit of its own, Node drops header lines beyond a number in silence; their size is limited above.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idle);
  const endIdle = endIdleWithin(limits, events);
  server.on(
    'timeout',
    guarded('an idle client', (socket: Socket) => endIdle(socket, connectionOf({ socket }))),
  );
  server.on(
    'drop',
    guarded('a client too many', (client?: DropArgument) =>
      events.limited({ setting: 'limits.connections', client: client?.remoteAddress }),
    ),
  );
  server.on('request', handle);
  // Whether the body is asked for shows when it is known who gets it.
  server.on('checkContinue', handle);
  // Node would answer any other expectation by itself, out of turn.
  server.on('checkExpectation', handle);
  server.on(
    'clientError',
    guarded('refusing what can not be read', (error: NodeJS.ErrnoException, stream: Duplex) =>
      refuse(error, stream as Socket),
    ),
  );
  server.on(
    'connect',
    guarded('refusing a tunnel', (_request: IncomingMessage, stream: Duplex) => {
      const socket = stream as Socket;
      // Node has taken its own listener away.
      socket.on('error', () => void socket.destroy());
      const asked: NodeJS.ErrnoException = Object.assign(new Error('asks for a tunnel'), { code: tunnel });
      refuse(asked, socket);
      socket.resume();
    }),
  );
  lingerOnClose(server);
  return server;
}

/** @returns the port, which matters where 0 asked for any free one */
export async function listen(server: NetServer, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => reject(explain(cause, host, port));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  if (cause.code !== 'EADDRINUSE') return cause;
  return new AppError(
    'port_in_use',
    `${host}:${port} is taken by another process: end it, or choose another port`,
    { cause },
  );
}
