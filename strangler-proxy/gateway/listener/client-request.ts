import { IncomingMessage } from 'node:http';

/**
 * A request of which Node asks whether its connection is to be taken from the parser. Only a wish for a WebSocket that we
 * can pass on is one: any other is ignored (RFC 9110, 7.8), and the request served like each other one, with its body.
 */
class RequestOfClient extends IncomingMessage {
  /** Whether the parser saw an upgrade. A plain property: Node writes it before this class's fields would exist. */
  declare private wish: unknown;

  get upgrade(): boolean {
    return Boolean(this.wish) && (this.method === 'CONNECT' || isWebSocket(this));
  }

  set upgrade(wish: unknown) {
    this.wish = wish;
  }
}

/** HTTP/1.0 has no such wish, whatever it says. */
function isWebSocket({ method, headers, httpVersion }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  return (
    method === 'GET' && httpVersion === '1.1' && !hasBody && headers.upgrade?.toLowerCase() === 'websocket'
  );
}

/** To the rest of the gateway it is a request like any other. */
export const ClientRequest: typeof IncomingMessage = RequestOfClient;
