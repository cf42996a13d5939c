import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { guarded } from '#platform/telemetry/guarded.js';
import type { Peer } from '../forward/request-headers.js';
import type { GatewayResponse } from './gateway-response.js';

export type Handle = (request: IncomingMessage, response: GatewayResponse) => void;

/** One client connection, and the requests on it that wait for the one before them. */
export interface ClientConnection extends Peer {
  /** The request that is being answered. */
  current: IncomingMessage | undefined;
  /** The request that is answered, or was, is the last: what came behind it is none (RFC 9112, 9.6). */
  last: boolean;
  /** What waits is not to be answered either. */
  dropped: boolean;
  /** Something on it is no request of ours: nothing behind that is looked at. */
  over: boolean;
  waiting: Waiting[];
}

interface Waiting {
  /** Undefined for what is no request. */
  request: IncomingMessage | undefined;
  go: () => void;
}

/** More pipelined requests than any client sends. */
const longestPipeline = 100;

/**
 * Handles the requests of one connection one after the other. Node hands a pipeline over at once; but what a client
 * sends behind a write must not overtake it (RFC 9112, 9.3.2).
 */
export function inTurn(connectionOf: (request: IncomingMessage) => ClientConnection, take: Handle): Handle {
  return (request, response) => {
    const connection = connectionOf(request);
    if (connection.last) return void request.resume();
    // So said the client, by `Connection: close` or HTTP/1.0.
    if (!response.shouldKeepAlive) connection.last = true;
    if (!connection.current) {
      connection.current = request;
      return take(request, response);
    }
    if (connection.waiting.length >= longestPipeline) return void request.socket.destroy();
    const go = () => {
      if (connection.dropped) return void request.resume();
      if (request.socket.destroyed) return release(connection);
      connection.current = request;
      take(request, response);
    };
    connection.waiting.push({ request, go });
  };
}

/** Answers what is being answered, and nothing that the connection has brought behind it. */
export function endWithThis(connection: ClientConnection): void {
  connection.last = true;
  connection.dropped = true;
  for (const next of connection.waiting.splice(0)) next.go();
}

/** The connection's request is done with: the next one may go. */
export function release(connection: ClientConnection): void {
  connection.current = undefined;
  connection.waiting.shift()?.go();
}

/**
 * Takes what a connection has brought that is no request to answer, as the last of it: in its turn, once the answers to the whole
 * requests before it are out. Those may have been carried out, and their answers must not be taken for its own.
 * @param take called with the response to the request that it is a part of, if it is in the middle of one
 */
export function takeLast(
  connection: ClientConnection,
  socket: Socket,
  take: (broken: ServerResponse | undefined) => void,
): void {
  const { waiting, current } = connection;
  const newest = waiting.at(-1)?.request ?? current;
  const inRequest = newest?.complete === false;
  if (connection.over || (connection.last && !inRequest)) return;
  connection.over = true;
  connection.last = true;
  if (inRequest && newest !== current) waiting.pop();
  const go = () => {
    if (!connection.dropped) afterAnswers(socket, take);
  };
  if (current?.complete || waiting.length > 0) waiting.push({ request: undefined, go });
  else go();
}

/** Waits until whole requests have their answers; Node writes those one after the other. */
function afterAnswers(socket: Socket, take: (broken: ServerResponse | undefined) => void): void {
  const answer = (socket as { _httpMessage?: ServerResponse })._httpMessage;
  if (!answer?.req.complete) return take(answer);
  answer.once(
    'finish',
    guarded('the last of a connection', () => afterAnswers(socket, take)),
  );
}
