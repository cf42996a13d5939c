import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import httpProxy from 'http-proxy';
import type { Logger } from '#platform/telemetry/logger.js';
import { GatewayResponse, type GatewayServer } from './gateway-response.js';
import type { Handle } from './in-turn.js';
import { addForwarded, type Peer, screenRequest } from '../forward/request-headers.js';

export interface UpgradeOptions {
  server: GatewayServer;
  /** Base address for an upgraded connection; undefined where no instance is known. */
  upstreamFor: (request: IncomingMessage) => string | undefined;
  peerOf: (request: IncomingMessage) => Peer;
  /** For requests that ask for an upgrade we don't pass on: a server may ignore the wish (RFC 9110, 7.8). */
  handle: Handle;
  logger: Logger;
}

/**
 * Passes WebSocket connections through. Other wishes, such as h2c, are ignored: passed on, they would open a
 * channel to the upstream past everything that the gateway checks.
 */
export function passUpgradesThrough({ server, upstreamFor, peerOf, handle, logger }: UpgradeOptions): void {
  const proxy = httpProxy.createProxyServer({ ws: true, xfwd: false, changeOrigin: false });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as Socket;
    // Node has taken its own listener away; a client that resets its connection must not end the process.
    socket.on('error', (error) =>
      logger.debug({ err: error }, 'an upgraded connection was broken off by its client'),
    );
    const screened = screenRequest(request.rawHeaders, request.httpVersion, peerOf(request).trusted);
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return ignoreWish(request, socket, handle);
    if (screened.refusal || request.method !== 'GET') return refuse(socket, '400 Bad Request');
    const target = upstreamFor(request);
    if (!target) return refuse(socket, '503 Service Unavailable');
    addForwarded(screened.headers, peerOf(request), screened.host);
    request.headers = handshakeHeaders(request, screened.headers, screened.host);
    socket.setTimeout(0);
    proxy.ws(request, socket, head, { target }, (error) => {
      logger.warn({ err: error, path: request.url?.split('?', 1)[0] }, 'a WebSocket could not be passed on');
      refuse(socket, '502 Bad Gateway');
    });
  });
}

function handshakeHeaders(request: IncomingMessage, kept: readonly string[], host: string | undefined) {
  const headers: Record<string, string> = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    ...(host ? { host } : {}),
  };
  for (let at = 0; at < kept.length; at += 2) {
    const name = (kept[at] ?? '').toLowerCase();
    headers[name] = headers[name] === undefined ? (kept[at + 1] ?? '') : `${headers[name]}, ${kept[at + 1]}`;
  }
  const requestId = request.headers['x-request-id'];
  return typeof requestId === 'string' ? { ...headers, 'x-request-id': requestId } : headers;
}

function ignoreWish(request: IncomingMessage, socket: Socket, handle: UpgradeOptions['handle']): void {
  // Node has taken the connection away from its parser: a body could no longer be told from what follows it.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
    return refuse(socket, '400 Bad Request');
  }
  const response = new GatewayResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.end());
  handle(request, response);
}

function refuse(socket: Duplex, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
