import type { IncomingMessage } from 'node:http';
import { AppError } from '#platform/http/app-error.js';
import { bodyTooLarge } from './body-too-large.js';
import type { ServeDocument } from './documents/serve-documents.js';
import { Exchange } from './exchange/exchange.js';
import type { ExchangeSurroundings } from './exchange/exchange-surroundings.js';
import { collectBody, passBodyOn } from './forward/request-body.js';
import { addForwarded, type ScreenedRequest, screenRequest } from './forward/request-headers.js';
import type { Freshness } from './freshness/freshness.js';
import { keyInPath, type Keys, keysInBody } from './freshness/key-source.js';
import type { GatewayResponse } from './listener/gateway-response.js';
import { type ClientConnection, inTurn, release } from './listener/in-turn.js';
import { answerProblem } from './listener/problem-answer.js';
import type { AssignId } from './owners/assign-id.js';
import { newRequestId } from './request-ids.js';
import type { ReadRoutes } from './route-read.js';
import type { Endpoint } from './routing/endpoint.js';
import type { Match } from './routing/endpoint-tree.js';

export interface HandlerOptions {
  match: (method: string, target: string) => Match | undefined;
  /** For what no endpoint matches. */
  everythingElse: Endpoint;
  reads: ReadRoutes;
  freshness: Pick<Freshness, 'beginWrite'>;
  /** Undefined where programs choose ids themselves. */
  assignId: AssignId | undefined;
  around: ExchangeSurroundings<Exchange>;
  connectionOf: (request: IncomingMessage) => ClientConnection;
  serveDocument: ServeDocument;
  /** Told of errors that nobody expected. */
  onBug: (error: unknown) => void;
  /** Largest request body in bytes. */
  bodyLimit: number;
  /** Largest body of a write that is kept, to be sent again if need be, in bytes. */
  keptBody: number;
  /** Milliseconds since 1970, and by a clock that never goes back. */
  clock: { wall: () => number; steady: () => number };
}

/** Bodies up to this size, in bytes, are read whole before an upstream is bothered with a client that may be slow. */
const smallBody = 64 * 1024;

const noValues: readonly string[] = [];

/** A request on its way through the gateway: screen, match, decide, forward. */
export function createRequestHandler(options: HandlerOptions) {
  const { around, bodyLimit, keptBody } = options;

  return inTurn(options.connectionOf, (request, response) => {
    try {
      take(request, response);
    } catch (error) {
      // A mistake of ours in one request must not end the others.
      options.onBug(error);
      request.socket.destroy();
    }
  });

  function take(request: IncomingMessage, response: GatewayResponse): void {
    const peer = options.connectionOf(request);
    const screened = screenRequest(request.rawHeaders, request.httpVersion, peer.trusted);
    const refusal =
      screened.refusal ?? (takeTarget(request, screened) ? undefined : 'asks for something that is no path');
    if (refusal) return refuseMalformed(request, response, peer, refusal);
    const match = options.match(request.method ?? 'GET', request.url ?? '/');
    if (!match && options.serveDocument(request, response)) return release(peer);
    const exchange = open(request, response, screened, peer, match);
    response.tellWhenClosed(exchange);
    if (screened.contentLength > bodyLimit) return exchange.refuse(bodyTooLarge(bodyLimit));
    if (screened.chunked || screened.contentLength > 0) return takeBody(exchange, screened);
    begin(exchange, undefined);
  }

  function open(
    request: IncomingMessage,
    response: GatewayResponse,
    screened: ScreenedRequest,
    peer: ClientConnection,
    match: Match | undefined,
  ): Exchange {
    const target = request.url ?? '/';
    const method = request.method ?? 'GET';
    const endpoint = match?.endpoint ?? options.everythingElse;
    const values = match?.values ?? noValues;
    const requestId = screened.requestId ?? newRequestId(options.clock.wall());
    const { headers, host } = screened;
    addForwarded(headers, peer, host);
    if (host !== undefined) headers.push('host', host);
    headers.push('x-request-id', requestId);
    return new Exchange(around, {
      endpoint,
      values,
      key: keyBeforeBody(endpoint, values, request, headers),
      request,
      response,
      peer,
      requestId,
      outgoing: { method, target, headers, body: null },
      startedAt: options.clock.steady(),
    });
  }

  /** The key, as far as it shows before the body is read. */
  function keyBeforeBody(
    endpoint: Endpoint,
    values: readonly string[],
    request: IncomingMessage,
    headers: string[],
  ): string | undefined {
    if (endpoint.keyParameter !== -1) return keyInPath(values[endpoint.keyParameter] ?? '');
    if (!endpoint.createsKey || endpoint.capability === null) return undefined;
    const { method = '', url: target = '' } = request;
    const given = request.headers['idempotency-key'];
    const idempotencyKey = typeof given === 'string' ? given : undefined;
    return options.assignId?.({ capability: endpoint.capability, method, target, idempotencyKey }, headers);
  }

  function takeBody(exchange: Exchange, screened: ScreenedRequest): void {
    const { request, endpoint } = exchange;
    const refuse = () => exchange.refuse(bodyTooLarge(bodyLimit));
    const begun = (body: Buffer) => {
      exchange.outgoing.body = body;
      begin(exchange, body);
    };
    if (endpoint.readsRequest) return collectBody(request, bodyLimit, begun, refuse);
    const mayWait = endpoint.owned && endpoint.kind === 'write';
    if (!screened.chunked && screened.contentLength <= (mayWait ? keptBody : smallBody))
      return collectBody(request, bodyLimit, begun, refuse);
    if (!screened.chunked || !mayWait) return stream(exchange, screened, []);
    collectBody(request, Math.min(bodyLimit, keptBody), begun, (read) => {
      if (lengthOf(read) > bodyLimit) refuse();
      else stream(exchange, screened, read);
    });
  }

  /** A body that is sent as it comes, and only once. */
  function stream(exchange: Exchange, screened: ScreenedRequest, read: readonly Buffer[]): void {
    const refuse = () => exchange.refuse(bodyTooLarge(bodyLimit));
    exchange.outgoing.body = passBodyOn(exchange.request, bodyLimit, refuse, read);
    if (!screened.chunked) exchange.outgoing.headers.push('content-length', String(screened.contentLength));
    begin(exchange, undefined);
  }

  function begin(exchange: Exchange, body: Buffer | undefined): void {
    const { endpoint } = exchange;
    if (endpoint.kind === 'read') return options.reads.route(exchange);
    if (endpoint.keyInBody && body) exchange.key = onlyKey(keysInBody(body, endpoint.keyInBody.steps));
    if (endpoint.owned || endpoint.writes.length > 0)
      exchange.write = options.freshness.beginWrite(exchange, body);
    if (!endpoint.owned) return exchange.send('monolith');
    exchange.placed = around.place(exchange);
    exchange.placed.begin();
  }

  function refuseMalformed(
    request: IncomingMessage,
    response: GatewayResponse,
    peer: ClientConnection,
    why: string,
  ): void {
    release(peer);
    request.resume();
    answerProblem(response, new AppError('invalid_request', `The request ${why}`), request.url ?? '/', [
      'Connection',
      'close',
    ]);
  }
}

/**
 * Turns a target with scheme and host, as sent to proxies, into a path (RFC 9112, 3.2.2).
 * @returns false for what is neither
 */
function takeTarget(request: IncomingMessage, screened: ScreenedRequest): boolean {
  const target = request.url ?? '';
  if (target.startsWith('/')) return true;
  const absolute = /^http:\/\/([^/?#@]+)(\/[^#]*)?$/i.exec(target);
  if (!absolute) return false;
  screened.host = absolute[1];
  request.url = absolute[2] ?? '/';
  return true;
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

function onlyKey(keys: Keys): string | undefined {
  return keys === 'all' ? undefined : keys[0];
}
