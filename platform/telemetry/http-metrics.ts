import type { RequestHandler, Response } from 'express';
import { Histogram, type Registry } from 'prom-client';
import { guarded, measureCaught } from './guarded.js';

/** Seconds; a shop's answers take between a millisecond and the patience of a payment provider. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Counts and times every answer of a program, by endpoint and status, in `http_request_duration_seconds`.
 * Paths are never labels: clients could make as many as they like.
 * @param endpointOf the endpoint that answered, e.g. `inventory.get`; undefined where none matched
 */
export function measureRequests(
  registry: Registry,
  endpointOf: (response: Response) => string | undefined,
): RequestHandler {
  measureCaught(registry);
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['endpoint', 'status'] as const,
    buckets,
    registers: [registry],
  });
  return (_request, response, next) => {
    const stop = durations.startTimer();
    response.once(
      'close',
      guarded('measuring an answer', () => {
        const status = response.writableFinished ? String(response.statusCode) : 'aborted';
        stop({ endpoint: endpointOf(response) ?? 'none', status });
      }),
    );
    next();
  };
}
