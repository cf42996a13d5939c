import { type IncomingMessage, type Server, ServerResponse } from 'node:http';

/** What wants to know that the client's connection is gone. */
export interface ClientClosed {
  clientClosed(): void;
}

/** A response that knows its exchange: one listener serves all, where a closure or a map per request would cost more. */
export class GatewayResponse extends ServerResponse {
  private exchange: ClientClosed | undefined;

  constructor(request: IncomingMessage) {
    super(request);
    this.exchange = undefined;
  }

  /** Tells `exchange` once the response is through, or its connection gone. */
  tellWhenClosed(exchange: ClientClosed): void {
    this.exchange = exchange;
    this.on('close', closed);
  }

  noteClosed(): void {
    this.exchange?.clientClosed();
  }
}

function closed(this: GatewayResponse): void {
  this.noteClosed();
}

/** The server that clients connect to. */
export type GatewayServer = Server<typeof IncomingMessage, typeof GatewayResponse>;
