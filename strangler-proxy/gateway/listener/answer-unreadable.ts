import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '#platform/errors/app-error.js';
import type { RefusedByLimit } from '../limits/limit-log.js';
import type { EndedConnection } from './ended-connection.js';
import { type ClientConnection, takeLast } from './in-turn.js';
import { isLingering, linger } from './lingering-close.js';
import { problemBody } from './problem-answer.js';

/** What becomes of connections that bring no exchange, or whose exchange a limit of the listener's own ends. */
export interface ListenerEvents {
  /** What came is refused because it is no request. */
  unreadable(connection: EndedConnection): void;
  limited(what: RefusedByLimit): void;
}

/** What Node could not read, and where it came from. */
export interface Unreadable {
  error: NodeJS.ErrnoException & { rawPacket?: Buffer };
  socket: Socket;
  /** The setting that bounds the time of a request's head. */
  timeOfHead: string;
}

/** Stands for CONNECT among what can't be read. */
export const tunnel = 'TUNNEL';

const refusals: Record<string, { status: number; code: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'too_large', detail: 'The headers are too large' },
  [tunnel]: {
    status: 400,
    code: 'invalid_request',
    detail: 'The request asks for a tunnel: there is none here',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'timeout', detail: 'The request did not arrive in time' },
};

/**
 * Answers what Node could not read as a request; there is no response object for it, only the connection. In the middle of a
 * request, it is that request that can't be read: its answer has begun, or it gets this one.
 */
export function answerUnreadable(
  what: Unreadable,
  connection: ClientConnection,
  { unreadable, limited }: ListenerEvents,
): void {
  const { error, socket } = what;
  const { address: client } = connection;
  if (isLingering(socket)) return;
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  takeLast(connection, socket, (broken) => {
    const setting = settingOf(what, broken);
    const path = broken?.req.url ?? pathInBytes(error.rawPacket);
    if (broken?.headersSent) {
      if (setting !== undefined) limited({ setting, path, client });
      return void socket.destroy();
    }
    if (socket.writable) unreadable({ status: refuse(error, socket), client, path, setting });
  });
}

/** The limit that refuses it, if one does. */
function settingOf(
  { error: { code }, timeOfHead }: Unreadable,
  broken: ServerResponse | undefined,
): string | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 'limits.headers';
  if (code !== 'ERR_HTTP_REQUEST_TIMEOUT') return undefined;
  return broken ? 'limits.requestTime' : timeOfHead;
}

const requestLine = /^[A-Z]+ (\/[^ \r\n]*) HTTP\/1\.[01]\r\n/;

/** The path, as far as the first line of the request came with the last bytes, which are all that Node keeps: for the log alone. */
function pathInBytes(last: Buffer | undefined): string | undefined {
  const heads = last?.toString('latin1').split('\r\n\r\n') ?? [];
  return heads.flatMap((head) => requestLine.exec(head)?.[1] ?? []).at(-1);
}

/** @returns the status */
function refuse(error: NodeJS.ErrnoException, socket: Socket): number {
  const { status, code, detail } = refusals[error.code ?? ''] ?? {
    status: 400,
    code: 'invalid_request',
    detail: 'This is not a well-formed HTTP/1.1 request',
  };
  const body = problemBody(new AppError(code, detail, { status }), '/');
  // Written beneath the response that may be under way on this connection: a pipelined request gets no second answer.
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  linger(socket);
  return status;
}
