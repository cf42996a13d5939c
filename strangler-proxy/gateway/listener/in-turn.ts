import type { IncomingMessage } from 'node:http';
import type { Peer } from '../forward/request-headers.js';
import type { GatewayResponse } from './gateway-response.js';

export type Handle = (request: IncomingMessage, response: GatewayResponse) => void;

/** One client connection, and the requests on it that wait for the one before them. */
export interface ClientConnection extends Peer {
  busy: boolean;
  waiting: (() => void)[];
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
    if (!connection.busy) {
      connection.busy = true;
      return take(request, response);
    }
    if (connection.waiting.length >= longestPipeline) return void request.socket.destroy();
    connection.waiting.push(() => {
      if (request.socket.destroyed) return release(connection);
      connection.busy = true;
      take(request, response);
    });
  };
}

/** The connection's request is done with: the next one may go. */
export function release(connection: ClientConnection): void {
  connection.busy = false;
  connection.waiting.shift()?.();
}
