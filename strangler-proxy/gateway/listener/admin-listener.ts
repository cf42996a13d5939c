import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Registry } from 'prom-client';
import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { AppError } from '#platform/errors/app-error.js';
import { noteCaught } from '#platform/telemetry/guarded.js';
import { answerProblem } from './problem-answer.js';

export interface AdminSources {
  status: () => GatewayStatus;
  metrics: Registry;
  ready: () => boolean;
}

/**
 * `GET /status`, `/metrics`, `/health/live` and `/health/ready`, on a listener of their own, away from clients.
 * @param guard keeps from it whom it is not for
 */
export function createAdminListener(
  { status, metrics, ready }: AdminSources,
  guard: (pages: RequestListener) => RequestListener,
): Server {
  const pages: Record<string, (response: ServerResponse) => void | Promise<void>> = {
    '/status': (response) => json(response, 200, status()),
    '/health/live': (response) => json(response, 200, { status: 'live' }),
    '/health/ready': (response) =>
      json(response, ready() ? 200 : 503, { status: ready() ? 'ready' : 'not ready' }),
    '/metrics': async (response) => {
      const text = await metrics.metrics();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    },
  };
  const listener = guard((request, response) => {
    answer(request, response).catch((error: unknown) => fail(error, request, response));
  });
  return createServer({ connectionsCheckingInterval: 1_000, headersTimeout: 10_000 }, listener);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    const page = pages[target.split('?', 1)[0] ?? ''];
    if (!page)
      return answerProblem(
        response,
        new AppError('not_found', `There is no ${target} here; there are ${Object.keys(pages).join(', ')}`),
        target,
      );
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answerProblem(response, new AppError('method_not_allowed', 'This is only to be read'), target, [
        'Allow',
        'GET, HEAD',
      ]);
    }
    await page(response);
  }
}

/** A page that can't be made is one answer that fails; the gateway goes on. */
function fail(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  noteCaught('an admin page', error);
  if (response.headersSent) response.destroy();
  else answerProblem(response, error, request.url ?? '/');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(text);
}
