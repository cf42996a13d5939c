import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A program behind the gateway, as small as can be. */
export interface Upstream {
  url: string;
  server: Server;
  /** How many requests have come so far. */
  requests(): number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** Starts an upstream on a free port, or on a given one: the place of one that was killed. */
export async function startUpstream(listener: RequestListener, port = 0): Promise<Upstream> {
  let requests = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    requests += 1;
    void listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const kill = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    requests: () => requests,
    kill,
  };
}

/** Reads a request's whole body. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

/** An address where nobody listens. */
export async function deadAddress(): Promise<string> {
  const upstream = await startUpstream(() => undefined);
  await upstream.kill();
  return upstream.url;
}
