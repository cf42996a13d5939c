import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
import { exitCodes } from '../exit-codes.js';
import { runCommand } from './support/run-command.js';

describe('projections', () => {
  let broker: OwnServer;
  let nats: NatsConnection;
  const run = (...args: string[]) => runCommand(['--nats-url', broker.url, 'projections', ...args]);
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
  const views = (): ProjectionStatus => ({
    ...{
      name: 'views',
      program: 'orders',
      builtAt: '2026-01-01T00:00:00.000Z',
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

  function answer(): () => void {
    const failed = () => undefined;
    const stops = [
      answerJson(
        nats,
        projectionsSubject,
        z.unknown(),
        async () => {
          if (left > 0) left -= 1;
          return { projections: [tracking, views()] };
        },
        failed,
      ),
      answerJson(
        nats,
        rebuildSubject,
        rebuildRequestSchema,
        async ({ name }) => {
          const outcome = left > 0 ? 'running' : 'begun';
          left = 3;
          return { rebuilds: [{ name: name ?? 'views', outcome }] };
        },
        failed,
      ),
    ];
    return () => stops.forEach((stop) => stop());
  }

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

  it('knows which there are', async () => {
    const stop = answer();
    expect(await run('rebuild', 'nothing')).toMatchObject({
      code: exitCodes.wrongUsage,
      err: expect.stringContaining('there are tracking, views'),
    });
    stop();
  });
});
