import { pino } from 'pino';
import type { Exchange } from '../exchange/exchange.js';

export interface AccessLog {
  write(exchange: Exchange, ms: number): void;
  close(): void;
}

/** Lines are written together once there is so much of them, in bytes, or after so many milliseconds. */
const together = { minLength: 8 * 1024, periodicFlush: 500 };

/**
 * One line for a share of the requests, and for each that failed on our side. It has its own way to standard output:
 * a system call per line, as for the program's other messages, would cost more than forwarding does.
 * @param percent 0 logs none at all
 */
export function openAccessLog(percent: number, random: () => number): AccessLog {
  if (percent === 0) return { write: () => undefined, close: () => undefined };
  const output = pino.destination({ dest: 1, sync: false, ...together });
  const logger = pino({ name: 'gateway', timestamp: pino.stdTimeFunctions.isoTime }, output);
  return {
    write(exchange, ms) {
      if (exchange.status >= 500 || random() * 100 < percent) logger.info(lineOf(exchange, ms), 'request');
    },
    close: () => output.flushSync(),
  };
}

function lineOf(
  { request, endpoint, requestId, side, status, fellBack, heldBack, remoteAddress }: Exchange,
  ms: number,
) {
  return {
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
  };
}
