import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface WatchedProviders {
  url: string;
  /** What happens once the provider has answered such a request, before the answer is passed on. */
  onAnswer(request: RegExp, hook: () => Promise<void>): void;
  /** Ends all requests that are under way without an answer; the provider goes on with them. */
  breakOff(): void;
  stop(): Promise<void>;
}

/** Stands between the monolith and its providers, so that a test can act in the moment between deed and answer. */
export async function startWatchedProviders(target: string): Promise<WatchedProviders> {
  const hooks: { request: RegExp; hook: () => Promise<void> }[] = [];
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    const headers = Object.fromEntries(
      ['content-type', 'idempotency-key'].flatMap((name) =>
        typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : [],
      ),
    );
    const body = await text(request);
    const answer = await fetch(`${target}${url}`, { method, headers, ...(body ? { body } : {}) });
    const answered = await answer.text();
    for (const { request, hook } of hooks) if (request.test(`${method} ${url}`)) await hook();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answered);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onAnswer: (request, hook) => void hooks.push({ request, hook }),
    breakOff: () => server.closeAllConnections(),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
