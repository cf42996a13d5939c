import { isUtf8 } from 'node:buffer';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Registry } from 'prom-client';
import { type OwnersSaid, ownersPath } from '#contracts/strangler/ownership.js';
import { measureRequests } from '#platform/telemetry/http-metrics.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { AppError } from '../errors/app-error.js';
import { problemDetails, statusOf } from '../errors/problem-details.js';
import { requestIdFrom } from './request-id.js';
import type { Caller, Route } from './route.js';
import { validateRequest } from './validate-request.js';

export interface HttpAppOptions {
  logger: Logger;
  routes: readonly Route[];
  /** Resolves when the process can do its work; its error says what is missing. */
  ready: () => Promise<void>;
  /** Says in the contract's words what an error of a library (a database's, say) means. */
  explain: (error: unknown, capability: string) => unknown;
  /** Where answers are counted and timed; served at `/metrics`. */
  registry?: Registry;
  /** Tells what this side's ownership rows of a capability say; undefined for one that has none. */
  reportOwners?: (capability: string) => Promise<OwnersSaid | undefined>;
  /** Shared with the gateways, whose ids for new resources are believed by it. */
  signingKey?: string | undefined;
}

const bodyLimit = 1024 * 1024;

/**
 * The HTTP side of a program that serves a part of the contract: validation, problem+json, request ids,
 * health. Both sides are built by it, so that they can only differ in what their handlers do.
 */
export function createHttpApp(options: HttpAppOptions): Express {
  const { logger, routes, ready, registry, reportOwners } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('case sensitive routing', true);
  app.set('query parser', 'simple');
  app.use(nameRequest);
  app.get('/health/live', (_request, response) => void response.json({ status: 'live' }));
  app.get('/health/ready', (_request, response) => reportReadiness(ready, response));
  if (reportOwners)
    app.get(ownersPath(':capability'), async (request, response, next) => {
      const said = await reportOwners(String(request.params['capability']));
      if (said) response.json(said);
      else next();
    });
  if (registry) {
    app.get('/metrics', (_request, response) => reportMetrics(registry, response));
    app.use(measureRequests(registry, endpointOf));
  }
  app.use(express.json({ limit: bodyLimit, strict: false, type: 'application/json', verify: checkUtf8 }));
  for (const [path, atPath] of groupByPath(routes)) {
    for (const route of atPath) app[verbOf(route)](path, serve(route, options));
    app.all(path, refuseMethod(atPath));
  }
  app.use((request) => {
    throw new AppError('not_found', `There is no ${request.path} here`);
  });
  app.use(answerError(logger));
  return app;
}

async function reportMetrics(registry: Registry, response: Response): Promise<void> {
  response.type(registry.contentType).send(await registry.metrics());
}

/** Names the caller, before the request reaches an app of `createHttpApp`. */
export function nameCaller(response: Response, caller: Caller): void {
  response.locals['caller'] = caller;
}

function callerOf(response: Response): Caller | undefined {
  return response.locals['caller'] as Caller | undefined;
}

function endpointOf(response: Response): string | undefined {
  return response.locals['endpoint'] as string | undefined;
}

function groupByPath(routes: readonly Route[]): Map<string, Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const path = expressPath(route.endpoint.path);
    groups.set(path, [...(groups.get(path) ?? []), route]);
  }
  return groups;
}

function verbOf(route: Route) {
  return route.endpoint.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
}

function expressPath(template: string): string {
  return template.replaceAll(/\{(\w+)\}/g, ':$1');
}

const nameRequest: RequestHandler = (request, response, next) => {
  response.locals['requestId'] = requestIdFrom(request.headers['x-request-id']);
  response.set('x-request-id', requestIdOf(response));
  next();
};

function requestIdOf(response: Response): string {
  return String(response.locals['requestId']);
}

async function reportReadiness(ready: () => Promise<void>, response: Response): Promise<void> {
  try {
    await ready();
    response.json({ status: 'ready' });
  } catch (error) {
    response
      .status(503)
      .json({ status: 'not ready', reason: error instanceof AppError ? error.message : 'not ready' });
  }
}

function serve(route: Route, { explain, signingKey }: HttpAppOptions): RequestHandler {
  return async (request, response) => {
    response.locals['endpoint'] = `${route.endpoint.capability}.${route.endpoint.verb}`;
    const caller = callerOf(response);
    route.enter?.(caller, request.path);
    const valid = validateRequest(route.endpoint, request, requestIdOf(response), signingKey);
    const answer = await route.answer({ ...valid, caller }).catch((error: unknown) => {
      throw explain(error, route.endpoint.capability);
    });
    if (answer.replayed) response.set('idempotency-replayed', 'true');
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.set(name, value);
    if (answer.status >= 400) response.type('application/problem+json');
    response.status(answer.status).json(answer.body);
  };
}

function refuseMethod(routes: readonly Route[]): RequestHandler {
  const methods = routes.flatMap(({ endpoint }) =>
    endpoint.method === 'GET' ? ['GET', 'HEAD'] : [endpoint.method],
  );
  return (request) => {
    throw new AppError(
      'method_not_allowed',
      `${request.path} does not take ${request.method}, only ${methods.join(', ')}`,
      {
        headers: { allow: methods.join(', ') },
      },
    );
  };
}

function answerError(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    const error = fromBodyParser(thrown);
    const status = statusOf(error);
    if (status >= 500)
      logger.error({ err: error, requestId: requestIdOf(response), path: request.path }, 'request failed');
    const options = error instanceof AppError ? error.options : {};
    for (const [name, value] of Object.entries(options.headers ?? {})) response.set(name, value);
    if (options.retryAfter !== undefined) response.set('retry-after', String(options.retryAfter));
    response
      .status(status)
      .type('application/problem+json')
      .json(problemDetails(error, pathOf(request)));
  };
}

function pathOf(request: Request): string {
  return request.originalUrl.split('?', 1)[0] ?? request.path;
}

/**
 * Bytes that are no UTF-8 would be read as U+FFFD, and stored as that. In another character set a program would read another
 * key than the gateway.
 */
function checkUtf8(_request: unknown, _response: unknown, body: Buffer, encoding: string): void {
  if (!/^utf-?8$/i.test(encoding))
    throw new AppError('unsupported_media_type', `The body must be UTF-8 JSON, not ${encoding.slice(0, 40)}`);
  if (!isUtf8(body)) throw new AppError('invalid_request', 'The body is not valid UTF-8');
}

/** Express and its body parser report what clients do wrong in their own words; the contract has others. */
function fromBodyParser(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.too.large')
    return new AppError('too_large', 'The body is larger than 1 MiB', { cause: error });
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new AppError('unsupported_media_type', 'The body must be UTF-8 JSON', { cause: error });
  }
  if (type === 'entity.parse.failed')
    return new AppError('invalid_request', 'The body is not valid JSON', { cause: error });
  if (error instanceof URIError || status === 400) {
    return new AppError('invalid_request', 'The request is malformed', { cause: error });
  }
  return error;
}
