import type { ClientRequest as ProxyRequest, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import httpProxy from 'http-proxy';
import { guarded } from '#platform/telemetry/guarded.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { clientGone } from '../forward/what-failures-say.js';
import type { EndedConnection } from './ended-connection.js';
import type { GatewayServer } from './gateway-response.js';
import { type ClientConnection, takeLast } from './in-turn.js';
import { linger } from './lingering-close.js';
import { readTarget } from '../forward/read-target.js';
import type { PassOn } from '../forward/hops.js';
import { addForwarded, screenRequest } from '../forward/request-headers.js';
import type { Handshake, RouteUpgrade, UpgradeTarget } from '../route/route-upgrade.js';

export interface UpgradeOptions {
  server: GatewayServer;
  route: RouteUpgrade;
  peerOf: (request: IncomingMessage) => ClientConnection;
  passOn: PassOn;
  /** Whether a target is never passed on. */
  isDenied: (target: string) => boolean;
  logger: Logger;
  /** Told of each, once it is over. */
  onEnded: (connection: EndedConnection) => void;
  /** Monotonic milliseconds. */
  now: () => number;
}

/** An upstream that said nothing for too long. */
class NoAnswer extends Error {}

/**
 * Passes WebSocket connections through; `ClientRequest` lets no other wish come here. Of the streams that meet here, each may
 * end with an error at any moment, and none without a listener: each failure ends this pair of connections, and nothing else.
 */
export function passUpgradesThrough(options: UpgradeOptions): void {
  const { server, route, peerOf, isDenied, passOn, logger } = options;
  const wishes = new WeakMap<Socket, Wish>();
  const proxy = httpProxy.createProxyServer({ ws: true, xfwd: false, changeOrigin: false });
  const note = (what: string) => (error: Error) => logger.debug({ err: error }, what);
  proxy.on('error', note('a WebSocket was broken off'));
  // What it throws fails the one handshake within which http-proxy tells of it.
  const watch = (asking: ProxyRequest, _request: IncomingMessage, client: Socket) =>
    watchHandshake(asking, client, wishes.get(client), note('an upstream has broken a WebSocket off'));
  proxy.on('proxyReqWs', watch);
  server.on('upgrade', guarded('a wish for a WebSocket', take));

  function take(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const socket = stream as Socket;
    // Node has taken its own listener away; a client that resets its connection must not end the process.
    socket.on('error', note('an upgraded connection was broken off by its client'));
    request.on('error', note('an upgraded connection was broken off by its client'));
    orFail(failing(request, socket), () => {
      const connection = peerOf(request);
      const wish = noteEnd(options, request, socket, connection.address);
      wishes.set(socket, wish);
      takeLast(connection, socket, () =>
        orFail(failing(request, socket), () => pass(request, socket, head, connection, wish)),
      );
    });
  }

  /** What ends one wish for a WebSocket over an error, and nothing else. */
  function failing(request: IncomingMessage, socket: Socket): (error: unknown) => void {
    return (error) => {
      const path = (request.url ?? '').split('?', 1)[0];
      logger.warn({ err: error, path }, 'a WebSocket could not be passed on');
      const wish = wishes.get(socket);
      if (!wish) return void socket.destroy();
      refuseWish(socket, wish, error instanceof NoAnswer ? '504 Gateway Timeout' : '502 Bad Gateway');
    };
  }

  function pass(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    peer: ClientConnection,
    wish: Wish,
  ): void {
    const refuse = (status: string) => refuseWish(socket, wish, status);
    const screened = screenRequest(request.rawHeaders, request.httpVersion, peer.trusted);
    const asked = readTarget(request.url ?? '');
    if (screened.refusal || 'refusal' in asked) return refuse('400 Bad Request');
    if (passOn(screened, 'GET', request.httpVersion)) return refuse('508 Loop Detected');
    if (isDenied(asked.path)) return refuse('404 Not Found');
    request.url = asked.path;
    addForwarded(screened.headers, peer, screened.host);
    request.headers = handshakeHeaders(request, screened.headers, screened.host);
    socket.setTimeout(0);
    const fail = failing(request, socket);
    const stopWaiting = route(handshakeOf(request, peer), (upstream) => {
      if (socket.destroyed) return;
      if (!upstream) return refuse('503 Service Unavailable');
      wish.upstream = upstream;
      orFail(fail, () => proxy.ws(request, socket, head, { target: upstream.url }, fail));
    });
    socket.once('close', guarded('a WebSocket whose client is gone', stopWaiting));
  }
}

/** What throws, as over a header that Node would not write, fails this handshake, and others go on. */
function orFail(fail: (error: unknown) => void, act: () => void): void {
  try {
    act();
  } catch (error) {
    fail(error);
  }
}

/** @param request whose headers are those that are passed on */
function handshakeOf({ url = '/', headers }: IncomingMessage, { address }: ClientConnection): Handshake {
  return {
    target: url,
    remoteAddress: address,
    header(name) {
      const value = headers[name];
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/** Ends the upstream's connection with the client's, and the wait for an upstream that does not answer. */
function watchHandshake(
  asking: ProxyRequest,
  client: Socket,
  wish: Wish | undefined,
  noteFailure: (error: Error) => void,
): void {
  const { answerTime = 0, idleTime = 0, settings } = wish?.upstream ?? {};
  const giveUp = (setting: string | undefined, ms: number): void => {
    if (wish) wish.setting = setting;
    asking.destroy(new NoAnswer(`the upstream said nothing for ${ms} ms`));
  };
  const timer =
    answerTime > 0
      ? setTimeout(
          guarded('a handshake without an answer', () => giveUp(settings?.answer, answerTime)),
          answerTime,
        )
      : undefined;
  const answered = (status?: number) => {
    clearTimeout(timer);
    if (wish && status !== undefined) wish.status = status;
  };
  const leave = () => {
    answered();
    asking.destroy();
  };
  client.once('close', leave);
  if (client.destroyed) leave();
  asking.once('close', () => clearTimeout(timer));
  const lingerOn = guarded('the end of a WebSocket', () => lingerUnread(client));
  asking.once(
    'response',
    guarded('an answer to a handshake', (answer: IncomingMessage) => {
      answer.on('error', noteFailure);
      answered(answer.statusCode);
      // No WebSocket, but an answer like any other: it may not stop in the middle, and its client may leave.
      answer.setTimeout(
        idleTime,
        guarded('an answer that stopped', () => giveUp(settings?.idle, idleTime)),
      );
      answer.once(
        'close',
        guarded('the end of an answer', () => (answer.complete ? lingerOn() : client.destroy())),
      );
      client.once('end', () => void client.destroy());
      client.once('close', () => void answer.destroy());
      client.resume();
    }),
  );
  asking.once(
    'upgrade',
    guarded('a handshake that is done', (answer: IncomingMessage, upstream: Socket) => {
      answer.on('error', noteFailure);
      upstream.on('error', noteFailure);
      answered(101);
      // A client that keeps its half open must not keep the connection.
      upstream.once('close', lingerOn);
      client.once(
        'end',
        guarded('a WebSocket whose client has ended', () => endSoon(client)),
      );
      // Its other half would stay open for as long as the upstream pleases.
      client.once('close', () => void upstream.destroy());
      if (client.destroyed) upstream.destroy();
    }),
  );
}

/** Lines of one name become one, as RFC 9110, 5.3 has it, and those of cookies as RFC 6265, 5.4. A header may have any name. */
function handshakeHeaders(
  request: IncomingMessage,
  kept: readonly string[],
  host: string | undefined,
): Record<string, string> {
  const headers = new Map([
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
  ]);
  if (host) headers.set('host', host);
  for (let at = 0; at < kept.length; at += 2) {
    const name = (kept[at] ?? '').toLowerCase();
    const value = kept[at + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : before + (name === 'cookie' ? '; ' : ', ') + value);
  }
  const requestId = request.headers['x-request-id'];
  if (typeof requestId === 'string') headers.set('x-request-id', requestId);
  return Object.fromEntries(headers);
}

/** Nobody reads what comes on it any more: it is dropped, so that its end is noticed. */
function lingerUnread(socket: Socket): void {
  linger(socket);
  socket.resume();
}

/** What a client that has ended may still get, in milliseconds: an upstream that does not end as well must not keep it. */
const halfOpenTime = 5_000;

function endSoon(client: Socket): void {
  const timer = setTimeout(
    guarded('a WebSocket whose client has ended', () => void client.destroy()),
    halfOpenTime,
  ).unref();
  client.once('close', () => clearTimeout(timer));
}

function refuseWish(socket: Socket, wish: Wish, status: string): void {
  // Something has been said on it already: only breaking the connection tells that nothing more will come.
  if (wish.status !== clientGone) return void socket.destroy();
  if (!socket.writable) return;
  wish.status = Number(status.slice(0, 3));
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  lingerUnread(socket);
}

/** What is known of a client's wish for a WebSocket. */
interface Wish {
  /** That it was answered with, if it was. */
  status: number;
  /** Where it went. */
  upstream?: UpgradeTarget;
  /** The limit that its upstream ran into. */
  setting?: string | undefined;
}

/** Tells of the end of a WebSocket, whatever that is. */
function noteEnd(
  { onEnded, now }: UpgradeOptions,
  request: IncomingMessage,
  socket: Socket,
  client: string,
): Wish {
  const wish: Wish = { status: clientGone };
  const path = (request.url ?? '').split('?', 1)[0];
  const since = now();
  const end = guarded('the end of a WebSocket', () =>
    onEnded({ status: wish.status, client, path, ms: now() - since, setting: wish.setting }),
  );
  if (socket.closed) end();
  else socket.once('close', end);
  return wish;
}
