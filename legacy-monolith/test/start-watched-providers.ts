import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** `lost`: the request never arrives; `unanswered`: it is carried out, and its answer lost; else the status it is refused with. */
export type ProviderFault = 'lost' | 'unanswered' | number;

export interface WatchedProviders {
  url: string;
  /** Lets such requests fail, the next `times` of them. The newest fault that is left goes first. */
  fail(request: RegExp, fault: ProviderFault, times?: number): void;
  /** Ends all faults. */
  heal(): void;
  /** Requests that have arrived here, as method and path. */
  asked(): string[];
  /** What happens once the provider has answered such a request, before the answer is passed on. */
  onAnswer(request: RegExp, hook: () => Promise<void>): void;
  /** Ends all requests that are under way without an answer; the provider goes on with them. */
  breakOff(): void;
  stop(): Promise<void>;
}

/** Stands between the monolith and its providers, so that a test can act in the moment between deed and answer. */
export async function startWatchedProviders(target: string): Promise<WatchedProviders> {
  const hooks: { request: RegExp; hook: () => Promise<void> }[] = [];
  const faults: { request: RegExp; fault: ProviderFault; times: number }[] = [];
  const asked: string[] = [];

  function nextFault(request: string): ProviderFault | undefined {
    const found = faults.findLast((one) => one.times > 0 && one.request.test(request));
    if (found) found.times -= 1;
    return found?.fault;
  }

  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    const headers = Object.fromEntries(
      ['content-type', 'idempotency-key'].flatMap((name) =>
        typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : [],
      ),
    );
    const body = await text(request);
    asked.push(`${method} ${url}`);
    const fault = nextFault(`${method} ${url}`);
    if (fault === 'lost') return void response.destroy();
    if (typeof fault === 'number') {
      const problem = { code: 'fault', status: fault };
      return void response
        .writeHead(fault, { 'content-type': 'application/json' })
        .end(JSON.stringify(problem));
    }
    const answer = await fetch(`${target}${url}`, { method, headers, ...(body ? { body } : {}) });
    const answered = await answer.text();
    if (fault === 'unanswered') return void response.destroy();
    for (const { request, hook } of hooks) if (request.test(`${method} ${url}`)) await hook();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answered);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (request, fault, times = Infinity) => void faults.push({ request, fault, times }),
    heal: () => void faults.splice(0),
    asked: () => [...asked],
    onAnswer: (request, hook) => void hooks.push({ request, hook }),
    breakOff: () => server.closeAllConnections(),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
