import { pino } from 'pino';
import type { Exchange } from '../exchange/exchange.js';
import type { EndedConnection } from '../listener/ended-connection.js';

export interface AccessLog {
  write(exchange: Exchange, ms: number): void;
  /** The same for what is no exchange. @param what `websocket` or `unreadable request` */
  note(what: string, connection: EndedConnection): void;
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
  if (percent === 0) return { write: () => undefined, note: () => undefined, close: () => undefined };
  const output = pino.destination({ dest: 1, sync: false, ...together });
  const logger = pino({ name: 'gateway', timestamp: pino.stdTimeFunctions.isoTime }, output);
  const wanted = (status: number) => status >= 500 || random() * 100 < percent;
  return {
    note(what, connection) {
      if (wanted(connection.status)) logger.info({ ...connection, ms: rounded(connection.ms) }, what);
    },
    write(exchange, ms) {
      if (wanted(exchange.status)) logger.info(lineOf(exchange, ms), 'request');
    },
    close: () => output.flushSync(),
  };
}

function lineOf(
  { request, endpoint, requestId, answerer, status, fellBack, heldBack, remoteAddress }: Exchange,
  ms: number,
) {
  return {
    requestId,
    endpoint: endpoint.name,
    method: request.method,
    // Without its query, which may hold what is nobody's business in a log.
    path: (request.url ?? '').split('?', 1)[0],
    status,
    side: answerer.by,
    ms: rounded(ms),
    client: remoteAddress,
    ...(fellBack ? { fellBack } : {}),
    ...(heldBack ? { heldBack } : {}),
  };
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
