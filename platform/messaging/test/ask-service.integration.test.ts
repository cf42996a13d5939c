import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { defineServiceEndpoint, serviceSubject } from '#contracts/strangler/service-endpoint.js';
import { AppError } from '#platform/errors/app-error.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { testServers } from '../../../tests/support/servers.js';
import { wideMs } from '../../../tests/support/wide-limits.js';
import { askService } from '../ask-service.js';
import { connectNats } from '../connect-nats.js';
import { listenJson, type NatsConnection } from '../exchange-json.js';
import { linkNats, type NatsLink } from '../link-nats.js';
import { requestRoute, serveRequests } from '../serve-requests.js';

const capability = `test-${randomBytes(4).toString('hex')}`;
const double = defineServiceEndpoint({
  ...{ capability, verb: 'double', summary: 'Twice as much' },
  request: z.strictObject({ number: z.int() }),
  answer: z.object({ number: z.int() }),
});
const logger = createLogger('test', 'silent');

let nats: NatsConnection;
let link: NatsLink;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  nats = await connectNats('test', testServers().natsUrl);
  link = { connection: () => nats, close: async () => undefined };
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => nats.close());

async function serve(answer: (number: number) => Promise<number>) {
  const route = requestRoute(double, async ({ number }) => ({ number: await answer(number) }));
  const explain = (error: unknown) => error;
  const server = { name: capability, description: '', routes: [route], explain, logger };
  const stop = await serveRequests(nats, server);
  stops.push(stop);
  return stop;
}

const ask = (number: number, timeoutMs = wideMs) => askService(link, double, { number }, timeoutMs);

describe('a question to a service', () => {
  it('is answered, each time by one of its instances', async () => {
    const asked = [0, 0];
    await serve(async (number) => ((asked[0]! += 1), 2 * number));
    await serve(async (number) => ((asked[1]! += 1), 2 * number));
    const replies = await Promise.all(Array.from({ length: 40 }, (_, number) => ask(number)));
    expect(replies).toEqual(
      Array.from({ length: 40 }, (_, number) => ({ kind: 'answer', answer: { number: 2 * number } })),
    );
    expect(asked[0]! + asked[1]!).toBe(40);
    expect(Math.min(...asked)).toBeGreaterThan(0);
  });

  it('is refused with code, message and errors', async () => {
    const errors = [{ path: 'lantern', message: 'is in bucket 15' }];
    await serve(() => Promise.reject(new AppError('not_owner', 'Not mine', { errors })));
    const reply = await ask(1);
    expect(reply).toMatchObject({
      kind: 'refused',
      error: { code: 'not_owner', message: 'Not mine', options: { errors } },
    });
    expect(reply.kind === 'refused' && reply.error).toBeInstanceOf(AppError);
  });

  it('is refused where it is not understood', async () => {
    await serve(async (number) => number);
    expect(await ask(1.5)).toMatchObject({
      kind: 'refused',
      error: { code: 'invalid_request', options: { errors: [{ path: 'number' }] } },
    });
  });

  it('has no known outcome where the service fails, and the failure is not told', async () => {
    await serve(() => Promise.reject(new Error('secret of the house')));
    const reply = await ask(1);
    expect(reply.kind).toBe('unanswered');
    expect(JSON.stringify(reply)).not.toContain('secret');
  });

  it('has no known outcome where the answer does not come, or is none', async () => {
    const subject = serviceSubject(double);
    stops.push(
      listenJson(
        nats,
        subject,
        z.unknown(),
        () => undefined,
        () => undefined,
      ),
    );
    expect((await ask(1, 300)).kind).toBe('unanswered');
    await serve(async () => 'many' as unknown as number);
    expect((await ask(1)).kind).toBe('unanswered');
  });

  it('reaches nobody where nobody serves, or NATS is away', async () => {
    expect((await ask(1)).kind).toBe('unreachable');
    const away = { connection: () => undefined, close: async () => undefined };
    expect((await askService(away, double, { number: 1 }, 500)).kind).toBe('unreachable');
  });

  it('that is being answered is still answered when the service ends', async () => {
    let end = () => {};
    const asked = new Promise<void>((resolve) => {
      void serve((number) => {
        resolve();
        return new Promise((answer) => (end = () => answer(2 * number)));
      });
    });
    while (!stops[0]) await new Promise((resolve) => setTimeout(resolve, 5));
    const reply = ask(4);
    await asked;
    const stopped = stops[0]();
    end();
    expect(await reply).toMatchObject({ kind: 'answer', answer: { number: 8 } });
    await stopped;
    expect((await ask(4)).kind).toBe('unreachable');
  });
});

describe('a link to NATS', () => {
  it('is usable once what hears of it has subscribed', async () => {
    let subscribed = false;
    const own = linkNats('test', testServers().natsUrl, logger, async () => {
      subscribed = true;
    });
    while (!own.connection()) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(subscribed).toBe(true);
    await own.close();
    expect(own.connection()).toBeUndefined();
  });
});
