import type { Logger } from '#platform/telemetry/logger.js';
import type { Exchange } from '../exchange.js';

/**
 * One line for a share of the requests, and for each that failed on our side.
 * @param percent 0 logs none at all
 */
export function createAccessLog(logger: Logger, percent: number, random: () => number) {
  return (exchange: Exchange, ms: number): void => {
    if (percent === 0) return;
    if (exchange.status < 500 && random() * 100 >= percent) return;
    const { request, endpoint, requestId, side, status, fellBack, heldBack, remoteAddress } = exchange;
    logger.info(
      {
        requestId,
        endpoint: endpoint.name,
        method: request.method,
        // Without its query, which may hold what is nobody's business in a log.
        path: (request.url ?? '').split('?', 1)[0],
        status,
        side,
        ms: Math.round(ms * 10) / 10,
        client: remoteAddress,
        ...(fellBack ? { fellBack } : {}),
        ...(heldBack ? { heldBack } : {}),
      },
      'request',
    );
  };
}
