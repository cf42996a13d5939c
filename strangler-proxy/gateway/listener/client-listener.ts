import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '#platform/http/app-error.js';
import { bodyTooLarge } from '../body-too-large.js';
import type { GatewayConfig } from '../config/gateway-config.js';
import { GatewayResponse, type GatewayServer } from './gateway-response.js';
import type { Handle } from './in-turn.js';
import { answerProblem, problemBody } from './problem-answer.js';

/** How often Node looks for connections that take too long, in milliseconds: its time limits are no finer than this. */
const checkEvery = 500;

/** The server that clients connect to, with every limit set. */
export function createClientListener(limits: GatewayConfig['limits'], handle: Handle): GatewayServer {
  const server = createServer({
    ServerResponse: GatewayResponse,
    maxHeaderSize: limits.headers,
    headersTimeout: limits.headersTime,
    requestTimeout: limits.requestTime,
    connectionsCheckingInterval: checkEvery,
    keepAliveTimeout: limits.keepAlive,
    noDelay: true,
    insecureHTTPParser: false,
    // Checked with all else that makes a request ambiguous, to answer in the same way.
    requireHostHeader: false,
  });
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idle);
  server.on('request', handle);
  server.on('checkContinue', (request: IncomingMessage, response: GatewayResponse) => {
    // A client that asks first need not send what will be refused anyway.
    if (Number(request.headers['content-length'] ?? 0) > limits.body) {
      return answerProblem(response, bodyTooLarge(limits.body), request.url ?? '/', ['Connection', 'close']);
    }
    response.writeContinue();
    handle(request, response);
  });
  server.on('clientError', answerUnreadable);
  return server;
}

const refusals: Record<string, { status: number; code: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'too_large', detail: 'The headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'timeout', detail: 'The request did not arrive in time' },
};

/** Answers what Node could not read as a request; there is no response object for it, only the connection. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const { status, code, detail } = refusals[error.code ?? ''] ?? {
    status: 400,
    code: 'invalid_request',
    detail: 'This is not a well-formed HTTP/1.1 request',
  };
  const body = problemBody(new AppError(code, detail, { status }), '/');
  // Written beneath the response that may be under way on this connection: a pipelined request gets no second answer.
  const busy = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage?.headersSent;
  if (busy) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
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
