import type { IncomingMessage } from 'node:http';
import { AppError } from '#platform/http/app-error.js';
import type { Decide } from './decide.js';
import type { ServeDocument } from './documents/serve-documents.js';
import { Exchange, type ExchangeSurroundings } from './exchange.js';
import { collectBody, passBodyOn } from './forward/request-body.js';
import { addForwarded, type ScreenedRequest, screenRequest } from './forward/request-headers.js';
import type { Freshness } from './freshness/freshness.js';
import { keyInPath } from './freshness/key-source.js';
import type { GatewayResponse } from './listener/gateway-response.js';
import { type ClientConnection, inTurn, release } from './listener/in-turn.js';
import { answerProblem } from './listener/problem-answer.js';
import { newRequestId } from './request-ids.js';
import type { Endpoint } from './routing/endpoint.js';
import type { Match } from './routing/endpoint-tree.js';

export interface HandlerOptions {
  match: (method: string, target: string) => Match | undefined;
  /** For what no endpoint matches. */
  everythingElse: Endpoint;
  decide: Decide;
  freshness: Freshness;
  around: ExchangeSurroundings;
  connectionOf: (request: IncomingMessage) => ClientConnection;
  serveDocument: ServeDocument;
  /** Told of errors that nobody expected. */
  onBug: (error: unknown) => void;
  /** Largest request body in bytes. */
  bodyLimit: number;
  /** Milliseconds since 1970, and by a clock that never goes back. */
  clock: { wall: () => number; steady: () => number };
}

/** Bodies up to this size, in bytes, are read whole before an upstream is bothered with a client that may be slow. */
const smallBody = 64 * 1024;

const noValues: readonly string[] = [];

/** A request on its way through the gateway: screen, match, decide, forward. */
export function createRequestHandler(options: HandlerOptions) {
  const { around, bodyLimit } = options;

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
    if (screened.contentLength > bodyLimit) return exchange.refuse(tooLarge(bodyLimit));
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
      key: endpoint.keyParameter === -1 ? undefined : keyInPath(values[endpoint.keyParameter] ?? ''),
      request,
      response,
      peer,
      requestId,
      outgoing: { method, target, headers, body: null },
      startedAt: options.clock.steady(),
    });
  }

  function takeBody(exchange: Exchange, screened: ScreenedRequest): void {
    const { request, endpoint, outgoing } = exchange;
    const refuse = () => exchange.refuse(tooLarge(bodyLimit));
    if (endpoint.readsRequest || (!screened.chunked && screened.contentLength <= smallBody)) {
      return collectBody(
        request,
        bodyLimit,
        (body) => {
          outgoing.body = body;
          begin(exchange, body);
        },
        refuse,
      );
    }
    outgoing.body = passBodyOn(request, bodyLimit, refuse);
    if (!screened.chunked) outgoing.headers.push('content-length', String(screened.contentLength));
    begin(exchange, undefined);
  }

  function begin(exchange: Exchange, body: Buffer | undefined): void {
    const { endpoint } = exchange;
    if (endpoint.writes.length > 0)
      exchange.write = options.freshness.beginWrite(endpoint, exchange.values, body);
    if (endpoint.flag === null || options.decide(exchange) === 'monolith') return exchange.send('monolith');
    const replica =
      endpoint.capability === null ? undefined : options.freshness.replicaOf(endpoint.capability);
    if (!replica) return exchange.send('service');
    options.freshness.whenHeard((heard) => {
      if (!heard) return sendRead(exchange, 'cut-off');
      if (endpoint.keyParameter !== -1) return sendRead(exchange, replica.whyNot(exchange.key));
      exchange.stopWaiting = replica.whenCaughtUp((reason) => sendRead(exchange, reason));
    });
  }

  function sendRead(exchange: Exchange, reason: Exchange['heldBack']): void {
    exchange.heldBack = reason;
    exchange.send(reason === undefined ? 'service' : 'monolith');
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

function tooLarge(limit: number): AppError {
  return new AppError('too_large', `The body is larger than ${limit} bytes`);
}
