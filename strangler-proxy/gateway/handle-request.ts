import type { IncomingMessage } from 'node:http';
import { AppError } from '#platform/errors/app-error.js';
import type { ServeDocument } from './documents/serve-documents.js';
import type { Decide } from './route/decide.js';
import { Exchange } from './exchange/exchange.js';
import type { ExchangeSurroundings } from './exchange/exchange-surroundings.js';
import { BodyInPassing, collectBody, lengthOf } from './forward/request-body.js';
import { passedTrailers } from './forward/answer-headers.js';
import { readTarget } from './forward/read-target.js';
import type { PassOn } from './forward/hops.js';
import type { OpenTimeouts } from './forward/request-timeouts.js';
import { addForwarded, type ScreenedRequest, screenRequest } from './forward/request-headers.js';
import type { Freshness } from './freshness/freshness.js';
import { isPlainJson } from './routing/plain-json.js';
import { keyInPath, type Keys, keysInBody } from './routing/key-source.js';
import type { EndedConnection } from './listener/ended-connection.js';
import type { GatewayResponse } from './listener/gateway-response.js';
import { type ClientConnection, endWithThis, inTurn, release } from './listener/in-turn.js';
import { answerProblem } from './listener/problem-answer.js';
import { type BodyLimit, bodyTooLarge } from './limits/body-too-large.js';
import type { AssignId } from './owners/assign-id.js';
import { newRequestId } from './request-ids.js';
import type { ReadRoutes } from './route/route-read.js';
import type { Endpoint } from './routing/endpoint.js';
import type { Match } from './routing/endpoint-tree.js';

export interface HandlerOptions {
  match: (method: string, target: string) => Match | undefined;
  /** For what no endpoint matches. */
  everythingElse: Endpoint;
  /** Whether a target is never passed on. */
  isDenied: (target: string) => boolean;
  reads: ReadRoutes;
  /** The side that a flag says. */
  decide: Decide;
  freshness: Pick<Freshness, 'beginWrite'>;
  passOn: PassOn;
  /** Undefined where programs choose ids themselves. */
  assignId: AssignId | undefined;
  around: ExchangeSurroundings<Exchange>;
  connectionOf: (request: IncomingMessage) => ClientConnection;
  serveDocument: ServeDocument;
  onUnreadable: (connection: EndedConnection) => void;
  /** Told of errors that nobody expected. */
  onBug: (error: unknown) => void;
  timeouts: Pick<OpenTimeouts, 'of'>;
  /** Largest request body that is held, as where a key stands in it. */
  heldBody: BodyLimit;
  /** Largest request body that only passes through. */
  passedBody: BodyLimit;
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
  const { around, heldBody, passedBody, keptBody } = options;
  const limitOf = ({ readsRequest }: Endpoint) => (readsRequest ? heldBody : passedBody);

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
    const refusal = screened.refusal ?? takeTarget(request, screened);
    if (refusal) return refuseMalformed(request, response, peer, refusal);
    const match = options.match(request.method ?? 'GET', request.url ?? '/');
    if (!match && options.serveDocument(request, response)) return release(peer);
    const mayNot = options.passOn(screened, request.method ?? 'GET', request.httpVersion);
    const exchange = open(request, response, screened, peer, match);
    response.tellWhenClosed(exchange);
    if (mayNot) return exchange.refuse(mayNot);
    if (options.isDenied(exchange.outgoing.target))
      return exchange.refuse(noSuchPath(exchange.outgoing.target));
    const limit = limitOf(exchange.endpoint);
    if (screened.contentLength > limit.bytes) return exchange.refuse(bodyTooLarge(limit));
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
    headers.push('x-request-id', requestId);
    const timeouts = options.timeouts.of(endpoint.index);
    return new Exchange(around, {
      endpoint,
      values,
      key: keyBeforeBody(endpoint, values, request, headers),
      request,
      response,
      peer,
      requestId,
      outgoing: { method, target, host, headers, body: null, timeouts, idle: timeouts.idle },
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
    const refuse = () => exchange.refuse(bodyTooLarge(limitOf(endpoint)));
    const begun = (body: Buffer) => {
      exchange.outgoing.body = body;
      const trailers = passedTrailers(request.rawTrailers);
      if (trailers.length > 0) exchange.outgoing.trailers = trailers;
      begin(exchange, body);
    };
    const collect = (limit: number, tooLarge: (read: Buffer[]) => void) => {
      // The body is needed before it is known who gets it: it is asked for here.
      if (screened.expectsContinue) exchange.response.writeContinue();
      collectBody(request, limit, begun, tooLarge);
    };
    if (endpoint.readsRequest) return collect(heldBody.bytes, refuse);
    const mayWait = endpoint.owned && endpoint.kind === 'write';
    const kept = Math.min(heldBody.bytes, mayWait ? keptBody : smallBody);
    if (!screened.chunked && screened.contentLength <= kept) return collect(kept, refuse);
    if (!screened.chunked || !mayWait) return stream(exchange, screened, []);
    collect(Math.min(kept, passedBody.bytes), (read) => {
      if (lengthOf(read) > passedBody.bytes) refuse();
      else stream(exchange, screened, read);
    });
  }

  /** A body that is sent as it comes, and only once. */
  function stream(exchange: Exchange, screened: ScreenedRequest, begun: readonly Buffer[]): void {
    // Whether the body is wanted is for the upstream to say; its sign is passed on like any interim answer.
    const awaitsSign = screened.expectsContinue && begun.length === 0;
    if (awaitsSign) exchange.outgoing.headers.push('Expect', '100-continue');
    exchange.outgoing.body = new BodyInPassing({
      request: exchange.request,
      length: screened.contentLength,
      limit: passedBody.bytes,
      tooLarge: () => exchange.refuse(bodyTooLarge(passedBody)),
      begun,
      awaitsSign,
    });
    begin(exchange, undefined);
  }

  function begin(exchange: Exchange, body: Buffer | undefined): void {
    const { endpoint } = exchange;
    if (endpoint.kind === 'read') return options.reads.route(exchange);
    // Of what others might read in another way the keys can't be told.
    const told = body && isPlainJson(exchange.request.rawHeaders) ? body : undefined;
    if (endpoint.keyInBody && told) exchange.key = onlyKey(keysInBody(told, endpoint.keyInBody.steps));
    if (endpoint.owned || endpoint.writes.length > 0)
      exchange.write = options.freshness.beginWrite(exchange, told);
    if (!endpoint.owned) return exchange.send(endpoint.flag === null ? 'monolith' : options.decide(exchange));
    (exchange.placed = around.place(exchange)).begin();
  }

  function refuseMalformed(
    request: IncomingMessage,
    response: GatewayResponse,
    peer: ClientConnection,
    why: string,
  ): void {
    // What follows may be a part of what could not be understood.
    endWithThis(peer);
    options.onUnreadable({ status: 400, client: peer.address, path: pathOf(request.url) });
    release(peer);
    request.resume();
    const last = ['Connection', 'close'];
    answerProblem(response, new AppError('invalid_request', `The request ${why}`), request.url ?? '/', last);
  }
}

/** Takes a target for the path that it means. @returns why it can't be passed on, if it can't */
function takeTarget(request: IncomingMessage, screened: ScreenedRequest): string | undefined {
  const target = readTarget(request.url ?? '');
  if ('refusal' in target) return target.refusal;
  if (target.host !== undefined) screened.host = target.host;
  request.url = target.path;
  return undefined;
}

function pathOf(target = '/'): string {
  return target.split('?', 1)[0] ?? target;
}

function noSuchPath(target: string): AppError {
  return new AppError('not_found', `There is no ${pathOf(target)} here`);
}

function onlyKey(keys: Keys): string | undefined {
  return keys === 'all' ? undefined : keys[0];
}
