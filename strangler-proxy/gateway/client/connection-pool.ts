import { guarded } from '#platform/telemetry/guarded.js';
import type { AnswerHandler, Call, HttpRequest } from './call.js';
import { type Address, Connection, type ConnectionLimits } from './connection.js';
import { writeHead } from './write-head.js';

/** Kept-alive connections to one instance. */
export interface ConnectionPool {
  /**
   * Sends a request on an idle connection, the one used last if there are several, or on a new one. The answer comes after
   * this has returned.
   * @throws UnwritableRequest nothing has been sent
   */
  send(request: HttpRequest, handler: AnswerHandler): Call;
  /** Closes all connections; requests on them fail. */
  close(): void;
}

/** How long an idle connection is kept, in milliseconds: where the upstream does not say, and at most. */
const keptIdle = 4_000;
const mostIdle = 60_000;
/** So much earlier than the upstream: what it closes just as a request arrives fails that. */
const earlier = 1_000;

/**
 * One request at a time per connection; how many there are is bounded by the bulkhead before them. A stack finds an idle
 * connection at once, and lets the ones not needed go idle and close.
 * @param url an origin
 * @param now monotonic milliseconds
 */
export function openConnectionPool(url: string, limits: ConnectionLimits, now: () => number): ConnectionPool {
  const address = addressOf(url);
  const all = new Set<Connection>();
  let free: Connection[] = [];
  let timer: NodeJS.Timeout | undefined;

  const owner = {
    idle(connection: Connection, idleSeconds: number | undefined): void {
      const keep = idleSeconds === undefined ? keptIdle : Math.min(idleSeconds * 1_000 - earlier, mostIdle);
      connection.idleUntil = now() + keep;
      if (keep > 0) free.push(connection);
      else connection.close(new Error('the upstream does not keep the connection'));
    },
    closed(connection: Connection): void {
      all.delete(connection);
      if (free.includes(connection)) free = free.filter((one) => one !== connection);
      if (all.size === 0) stop();
    },
  };

  function check(): void {
    const time = now();
    for (const connection of free.filter(({ idleUntil }) => idleUntil <= time))
      connection.close(new Error('the connection was idle'));
    for (const connection of all) connection.checkTime(time);
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function take(): Connection {
    const time = now();
    for (let connection = free.pop(); connection; connection = free.pop()) {
      if (connection.idleUntil > time) return connection;
      connection.close(new Error('the connection was idle'));
    }
    const connection = new Connection(address, limits, now, owner);
    all.add(connection);
    timer ??= setInterval(
      guarded('a look at connections', check),
      pauseOf(Math.min(limits.idle, limits.shortestIdle ?? limits.idle)),
    ).unref();
    return connection;
  }

  return {
    send(request, handler) {
      const head = writeHead(request, address.authority);
      const connection = take();
      return connection.send(request, head, handler);
    },
    close() {
      for (const connection of all) connection.close(new Error('the gateway closes its connections'));
      stop();
    },
  };
}

/** A limit is kept with a tenth of itself to spare, and looked at once a second at most. */
function pauseOf(limit: number): number {
  return Math.min(1_000, Math.max(20, limit / 10));
}

function addressOf(url: string): Address {
  const { protocol, hostname, port, host } = new URL(url);
  const secure = protocol === 'https:';
  return {
    secure,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (secure ? 443 : 80),
    authority: host,
  };
}
