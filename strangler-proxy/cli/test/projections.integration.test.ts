import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  projectionsSubject,
  type ProjectionStatus,
  rebuildRequestSchema,
  rebuildSubject,
} from '#contracts/strangler/projections.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import { until } from '../../../tests/support/until.js';
import { exitCodes } from '../output/exit-codes.js';
import { type CommandSurroundings, runCommand } from './support/run-command.js';

describe('projections', () => {
  let broker: OwnServer;
  let nats: NatsConnection;
  const run = (...args: string[]) => runIn({}, ...args);
  const runIn = (around: CommandSurroundings, ...args: string[]) =>
    runCommand(['--nats-url', broker.url, 'projections', ...args], around);
  beforeAll(async () => {
    broker = await ownBroker();
    nats = await connectNats('test', broker.url);
  });
  afterAll(async () => {
    await nats.close();
    await broker.end();
  });

  /** Pieces of the build that is under way; 0 when there is none. */
  let left = 0;
  let builtAt = '2026-01-01T00:00:00.000Z';
  const views = (): ProjectionStatus => ({
    ...{
      name: 'views',
      program: 'orders',
      builtAt,
      eventsBehind: 3,
      lagMs: 1_250,
    },
    rebuild:
      left === 0
        ? null
        : {
            step: 'orders',
            done: 10 - left,
            total: 10,
            startedAt: '2026-01-01T00:00:00.000Z',
            problem: null,
          },
  });
  const tracking: ProjectionStatus = {
    ...views(),
    name: 'tracking',
    builtAt: null,
    eventsBehind: null,
    lagMs: null,
  };

  function nextPiece(): void {
    if (left === 0) return;
    left -= 1;
    if (left === 0) builtAt = new Date().toISOString();
  }
  const begin = () => {
    const outcome: 'begun' | 'running' = left > 0 ? 'running' : 'begun';
    left = 3;
    return outcome;
  };

  /** @param beginBuild whatever it does before it says what came of it, or never does */
  function answer(beginBuild: () => Promise<'begun' | 'running'> = async () => begin()): () => void {
    const failed = () => undefined;
    const stops = [
      answerJson(
        nats,
        projectionsSubject,
        z.unknown(),
        async () => {
          nextPiece();
          return { projections: [tracking, views()] };
        },
        failed,
      ),
      answerJson(
        nats,
        rebuildSubject,
        rebuildRequestSchema,
        async ({ name }) => ({ rebuilds: [{ name: name ?? 'views', outcome: await beginBuild() }] }),
        failed,
      ),
    ];
    return () => stops.forEach((stop) => stop());
  }
  const never = () => new Promise<never>(() => undefined);

  it('says that there are none, and that nobody can build any', async () => {
    expect(await run('list')).toMatchObject({ code: exitCodes.ok, out: 'There are none.' });
    expect(await run('rebuild')).toMatchObject({ code: exitCodes.notReachable });
  });

  it('lists them once with their lag, however many instances answer', async () => {
    const stops = [answer(), answer()];
    const { out } = await run('list');
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^projection +program +built +behind +lag/),
      expect.stringMatching(/^tracking +orders +not yet +\? +\?/),
      expect.stringMatching(/^views +orders +2026-01-01T00:00:00.000Z +3 +1\.3 s/),
    ]);
    stops.forEach((stop) => stop());
  });

  it('has one built, and follows it', async () => {
    const stop = answer();
    const { code, out, err } = await run('rebuild', 'views');
    expect(code).toBe(exitCodes.ok);
    expect(err).toContain('views is being built anew.');
    expect(err).toMatch(/views: orders \d of 10/);
    expect(err).toContain('views is built anew, and read.');
    expect(out).toContain('views');
    stop();
  });

  it('follows one that is being built already', async () => {
    const stop = answer();
    left = 5;
    expect((await run('rebuild', 'views')).err).toContain('views was being built already.');
    stop();
  });

  it('waits for an answer that takes its time', async () => {
    const stop = answer(async () => {
      await sleep(2_500);
      return begin();
    });
    const { code, err } = await run('rebuild', 'views');
    expect(err).toContain('views is being built anew.');
    expect(err).toContain('views is built anew, and read.');
    expect(code).toBe(exitCodes.ok);
    stop();
  });

  it('says of one that nobody has begun that it is not known to be, and never that it is built', async () => {
    const stop = answer(never);
    const { code, err } = await run('rebuild', 'views');
    expect(code).toBe(exitCodes.notReachable);
    expect(err).toContain('Nobody has answered whether a build of views was begun');
    expect(err).not.toMatch(/is built|was being built|is being built anew/);
    stop();
  });

  it('sees one begin of which the answer was lost, and follows it', async () => {
    const stop = answer(() => {
      begin();
      return never();
    });
    left = 0;
    const running = run('rebuild', 'views');
    // Without this it would be done before anybody looks.
    const keep = setInterval(() => (left = Math.max(left, 2)), 50);
    await sleep(6_500);
    clearInterval(keep);
    const { code, err } = await running;
    expect(err).toContain('views is built anew, and read.');
    expect(code).toBe(exitCodes.ok);
    stop();
  });

  it('ends with Ctrl-C as not done, and says that it goes on', async () => {
    const stop = answer(async () => {
      const outcome = begin();
      left = 1_000_000;
      return outcome;
    });
    const ending = new AbortController();
    const running = runIn({ signal: ending.signal }, 'rebuild', 'views');
    await until('it is under way', () => left > 0 && left < 999_999);
    ending.abort();
    const { code, err } = await running;
    expect(code).toBe(exitCodes.notConfirmed);
    expect(err).toContain('Not done yet: views. It goes on by itself');
    left = 0;
    stop();
  });

  it('ends as not confirmed when nobody tells of one any more', async () => {
    const stop = answer(async () => {
      const outcome = begin();
      left = 1_000_000;
      return outcome;
    });
    const running = run('rebuild', 'views');
    await until('it is under way', () => left > 0 && left < 999_999);
    stop();
    const { code, err } = await running;
    expect(code).toBe(exitCodes.notConfirmed);
    expect(err).toContain('nobody tells of it any more');
    left = 0;
  });

  it('knows which there are', async () => {
    const stop = answer();
    expect(await run('rebuild', 'nothing')).toMatchObject({
      code: exitCodes.wrongUsage,
      err: expect.stringContaining('there are tracking, views'),
    });
    stop();
  });
});
