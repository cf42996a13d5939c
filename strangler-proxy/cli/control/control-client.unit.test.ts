import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { wideMs } from '../../../tests/support/wide-limits.js';
import type { Places } from '../system/locate-system.js';
import { type ControlClient, openControl } from './control-client.js';

let server: Server | undefined;
afterEach(closeServer);

async function closeServer(): Promise<void> {
  server?.closeAllConnections();
  await new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(undefined)));
}

const why = { by: 'anna', reason: 'a test' };
const view = {
  ...{ capability: 'stock', version: 8, state: 'settled', reasons: [], completion: null, paused: null },
  wanted: { flag: 'stock.owner', percent: 60, by: 'flag', refused: null },
  ...{ serviceBuckets: 60, buckets: [], openHandOvers: [], steps: [], gates: [], recent: [] },
};
const done = {
  ...{ id: 1, at: '2026-01-01T00:00:00.000Z', who: 'first (admin)', onBehalfOf: 'anna' },
  ...{ action: 'share 60 %', capability: 'stock' },
  ...{ outcome: 'done', reason: 'a test', before: { version: 7 }, after: { version: 8 } },
  ...{ previousHash: 'a', hash: 'b' },
};

/** A control plane that has the audit given, and does with changes as it is told. */
async function controlPlane(
  change: RequestListener,
  audit: object[],
  lookStatus = 200,
  patience = 300,
): Promise<ControlClient> {
  const answering = createServer((request, response) => {
    if (request.method === 'POST') return void change(request, response);
    const answers = [
      ['/audit', 200, { items: audit, broken: null }],
      ['/whoami', 200, { name: 'first', role: 'admin' }],
      ['/', lookStatus, view],
    ] as const;
    const [, status, answer] = answers.find(([path]) => request.url?.startsWith(path)) ?? ['', 404, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server = answering;
  await new Promise<void>((resolve) => answering.listen(0, '127.0.0.1', resolve));
  return clientOf((answering.address() as AddressInfo).port, patience);
}

/** @param patience for an answer, in milliseconds; short where none comes, and wide where it is not about that */
function clientOf(port: number, patience = 300): ControlClient {
  const control = { url: `http://127.0.0.1:${port}`, token: 't' };
  return openControl({ control, dataDir: '.data', patience: 1 } as unknown as Places, patience);
}

const never: RequestListener = () => undefined;
const breaksOff: RequestListener = (request) => void request.socket.destroy();
const cutsShort: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-length': 900 }).write('{"capability":');
  setTimeout(() => response.destroy(), 50);
};
const fails =
  (status: number, code: string | undefined): RequestListener =>
  (_request, response) =>
    void response.writeHead(status).end(JSON.stringify({ code, detail: 'a reason' }));
const share = (client: ControlClient) => client.change({ capability: 'stock', version: 7 }, 'share', why);

describe('a change whose answer is lost', () => {
  it.each([
    ['late', never],
    ['broken off', breaksOff],
  ])('is done where the audit says so: %s', async (_how, change) => {
    expect(await share(await controlPlane(change, [done]))).toMatchObject({ version: 8 });
  });

  it.each([
    ['nothing', []],
    ['a refusal', [{ ...done, outcome: 'refused', before: null }]],
    ["another token's", [{ ...done, who: 'ben (operator)' }]],
    ["another person's, with the same token", [{ ...done, onBehalfOf: 'ben' }]],
    ['an earlier one', [{ ...done, before: { version: 3 } }]],
    ['another change', [{ ...done, action: 'resume' }]],
    ['another capability', [{ ...done, capability: 'orders' }]],
  ])(
    'is not confirmed, and never said not to have happened, where the audit holds %s',
    async (_what, audit) => {
      await expect(share(await controlPlane(never, audit))).rejects.toMatchObject({
        code: 'not_confirmed',
        message: expect.stringMatching(/has not answered.*may go on with it/),
      });
    },
  );

  it.each([
    ['the answer breaks off in its middle', cutsShort],
    ['the control plane fails, maybe while it commits', fails(500, 'internal')],
    ['its database is away, maybe since it was to commit', fails(503, 'unavailable')],
    ['something between answers', fails(504, undefined)],
  ])('is looked for where %s', async (_how, change) => {
    expect(await share(await controlPlane(change, [done]))).toMatchObject({ version: 8 });
    await closeServer();
    await expect(share(await controlPlane(change, []))).rejects.toMatchObject({ code: 'not_confirmed' });
  });

  it.each(['rollback', 'pause'] as const)(
    'is found on the version that it named last, where others were faster: %s',
    async (action) => {
      let asked = 0;
      const lateAfterStale: RequestListener = (request, response) =>
        ++asked % 2 === 1 ? fails(412, 'version_mismatch')(request, response) : request.socket.destroy();
      const change = async (before: number) => {
        const client = await controlPlane(lateAfterStale, [{ ...done, action, before: { version: before } }]);
        return client.change({ capability: 'stock', version: 7 }, action, why).finally(closeServer);
      };
      expect(await change(view.version)).toMatchObject({ capability: 'stock' });
      await expect(change(7)).rejects.toMatchObject({
        code: 'not_confirmed',
        message: expect.stringContaining(`this ${action} of stock`),
      });
    },
  );

  it('is found although it is still being carried out when it is looked for first', async () => {
    const audit: object[] = [];
    const slow: RequestListener = (request) => {
      request.socket.destroy();
      setTimeout(() => void audit.push(done), 100);
    };
    expect(await share(await controlPlane(slow, audit))).toMatchObject({ version: 8 });
  });

  it('is not called unmade where it was made and how it stands can not be asked', async () => {
    const client = await controlPlane(breaksOff, [done], 503);
    await expect(share(client)).rejects.toMatchObject({
      code: 'not_confirmed',
      message: expect.stringMatching(/By the audit it has taken this share of stock/),
    });
  });

  it('is not looked for where the control plane says itself that it was not made', async () => {
    const refused = await controlPlane(fails(409, 'invalid_state'), [done]);
    await expect(share(refused)).rejects.toMatchObject({ code: 'failed', message: 'a reason' });
    await closeServer();
    const waits = await controlPlane(fails(504, 'timeout'), []);
    await expect(share(waits)).rejects.toMatchObject({ code: 'not_confirmed', message: 'a reason' });
  });

  it('was never asked for where nobody is there', async () => {
    await controlPlane(never, []);
    const { port } = server?.address() as AddressInfo;
    await new Promise((resolve) => server?.close(resolve));
    await expect(share(clientOf(port))).rejects.toMatchObject({ code: 'not_reachable' });
  });
});

describe('a change that others are faster than', () => {
  /** Refuses all but one version, as if somebody else had changed the capability again and again. */
  const refusesUntil = (last: number, asked: string[]): RequestListener => {
    let refusals = 0;
    return (request, response) => {
      asked.push(String(request.headers['if-match']));
      refusals += 1;
      const stale = refusals < last;
      response.statusCode = stale ? 412 : 200;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(stale ? { code: 'version_mismatch', detail: 'is at version 8' } : view));
    };
  };

  it.each(['pause', 'rollback'] as const)(
    'is right whatever they did, and is repeated: %s',
    async (action) => {
      const asked: string[] = [];
      const client = await controlPlane(refusesUntil(4, asked), [], 200, wideMs);
      await client.change({ capability: 'stock', version: 7 }, action, why);
      expect(asked).toEqual(['"7"', '"8"', '"8"', '"8"']);
    },
  );

  it.each(['share', 'resume', 'complete', 'abandon', 'drop'] as const)(
    'was decided on what has changed, and is left to a person: %s',
    async (action) => {
      const asked: string[] = [];
      const client = await controlPlane(refusesUntil(4, asked), [], 200, wideMs);
      await expect(client.change({ capability: 'stock', version: 7 }, action, why)).rejects.toThrow(
        'is at version 8',
      );
      expect(asked).toEqual(['"7"']);
    },
  );
});
