import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** One request as it came in. */
export interface SeenRequest {
  method: string;
  path: string;
  key: string | undefined;
  body: unknown;
}

/** How a request is answered; `destroy` cuts the connection instead. */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | 'destroy';

export interface ReplayApi {
  url: string;
  seen: SeenRequest[];
  stop(): Promise<void>;
}

/** A real HTTP server that answers as a test says, for what a real shop does too rarely. */
export async function startReplayApi(
  reply: (request: SeenRequest) => Reply | Promise<Reply>,
  port = 0,
): Promise<ReplayApi> {
  const seen: SeenRequest[] = [];
  const answerRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const one = await read(request);
    seen.push(one);
    const answer = await reply(one);
    if (answer === 'destroy') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  };
  const server = createServer((request, response) => void answerRequest(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const { method = '', url = '', headers } = request;
  const body = Number(headers['content-length'] ?? 0) > 0 ? await json(request) : undefined;
  return { method, path: url, key: headers['idempotency-key']?.toString(), body };
}
