import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestListener } from 'node:http';
import { serveHttp, type HttpServer } from '#platform/http/serve-http.js';
import { startTestShop, type TestShop } from '../../legacy-monolith/test/start-test-shop.js';
import { expectParityOfAny } from './generated/expect-parity-of-any.js';
import { type MonolithAlone, startMonolithAlone } from './support/monolith-alone.js';

let alone: MonolithAlone;
let other: TestShop;
let server: HttpServer;
let planted = true;

beforeAll(async () => {
  [alone, other] = await Promise.all([startMonolithAlone(), startTestShop()]);
  server = await serveHttp(misspell(other.monolith.app), '127.0.0.1', 0);
});
afterAll(async () => {
  await server.close();
  await Promise.all([alone.stop(), other.stop()]);
});

/** Says of every order that is cancelled that it is "Cancelled", as long as that is planted. */
function misspell(listener: RequestListener): RequestListener {
  return (request, response) => {
    const { end } = response;
    if (planted && request.url?.endsWith('/cancel')) {
      response.end = ((body: Buffer, ...rest: unknown[]) =>
        Reflect.apply(end, response, [
          body.toString().replace('CANCELLED', 'Cancelled'),
          ...rest,
        ])) as typeof end;
    }
    listener(request, response);
  };
}

const runOn = (round: string, runs: number) => {
  const shop = {
    name: 'the other',
    url: `http://127.0.0.1:${server.port}`,
    providersUrl: other.providers.url,
    mailUrl: undefined,
  };
  return expectParityOfAny([alone.shop, shop], { seed: 1, runs }, round);
};

describe('a difference between two monoliths', () => {
  it('is found by any commands, and shortened to the fewest that show it', async () => {
    const told = await runOn('planted', 30).then(
      () => 'nothing',
      (error: unknown) => (error as Error).message.split('\n'),
    );
    expect(told).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^PARITY_SEED=1 PARITY_RUNS=\d+ makes this sequence again/),
        expect.stringMatching(/^ {2}6\. PUT \/inventory/),
        expect.stringMatching(/^ {2}7\. POST \/orders \{/),
        expect.stringMatching(/^ {2}8\. POST \/orders\/[\w-]+\/cancel /),
        '  body.status: "CANCELLED" → "Cancelled"',
      ]),
    );
    expect(told).not.toContainEqual(expect.stringMatching(/^ {2}9\. /));
  });

  it('is none where none is planted', async () => {
    planted = false;
    await expect(runOn('none', 5)).resolves.toBeGreaterThan(0);
  });
});
