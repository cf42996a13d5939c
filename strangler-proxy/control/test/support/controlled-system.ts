import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import type { Side } from '#contracts/strangler/move.js';
import {
  createReplication,
  eventually,
  type Replication,
} from '../../../../sidecar/test/support/replication.js';
import { createTestDatabase, type TestDatabase, testServers } from '../../../../tests/support/servers.js';
import { until } from '../../../../tests/support/until.js';
import { wideMs } from '../../../../tests/support/wide-limits.js';
import { startUpstream } from '../../../gateway/test/support/upstream.js';
import { createFlag, type TestFlag } from '../../../gateway/test/support/unleash.js';
import { register } from '#platform/discovery/register.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { createLogger } from '#platform/telemetry/logger.js';
import type { ControlPlaneOptions } from '../../control-plane-options.js';
import { runControlPlane, type RunningControlPlane } from '../../run-control-plane.js';
import { startRetiringSide } from './retiring-side.js';

/** The token that control planes are configured with: an admin's. */
export const operator = 'an-operator-of-tests';

/** Two databases with real sidecars between them, a flag in a real Unleash, and control planes that lead from one to the other. */
export interface ControlledSystem {
  capability: string;
  replication: Replication;
  flag: TestFlag;
  /** Where the programs of the sides answer. */
  upstreams: Record<Side, string>;
  /** Schema of the journal. */
  journal: TestDatabase;
  /** Ends what makes the changes of one side arrive at the other, until the returned function is called. */
  cutOff(to: Side): Promise<() => Promise<void>>;
  start(differently?: Partial<ControlPlaneOptions>): Promise<RunningControlPlane>;
  /** Asks one instance; a change, unless it says `if-match`, of the version that stands. */
  ask(
    plane: Reached,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  look(plane: Reached): Promise<CapabilityView>;
  /** Waits until the service owns exactly the first so many buckets, and nothing is under way. */
  untilOwned(plane: Reached, percent: number): Promise<CapabilityView>;
  /** Takes the lease away from whoever holds it; the next one who asks for it gets it. */
  loseLease(): Promise<void>;
  /** Ends everything beside the service's database; what is returned begins it again upon the same database. */
  loseService(): Promise<() => Promise<void>>;
  /** Is the program beside this side ready? */
  setReady(side: Side, ready: boolean): void;
  end(): Promise<void>;
}

/** One instance, in this process or another. */
type Reached = Pick<RunningControlPlane, 'url'>;

export interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads answers whose shape it is about to check
  body: any;
}

export async function startControlledSystem(): Promise<ControlledSystem> {
  const servers = testServers();
  const replication = await createReplication();
  const { capability } = replication.move;
  const capture = await replication.startCapture();
  const forth = await replication.startApplier();
  await replication.startOwnership('monolith');
  let owning = await replication.startOwnership('service');
  const back = await replication.startWayBack();
  await eventually(() => {
    if (!forth.status().backfill?.complete) throw new Error('the replica is not filled');
  });
  const parts = { monolith: [capture, back.applier], service: [back.capture, forth] };
  const endings = [
    await startRetiringSide(replication, 'monolith', parts.monolith),
    await startRetiringSide(replication, 'service', parts.service),
    await standGateway(replication.nats),
  ];
  const appliers = { service: forth, monolith: back.applier };
  const ready: Record<Side, boolean> = { monolith: true, service: true };
  const programs = await Promise.all(
    (['monolith', 'service'] as const).map((side) =>
      startUpstream((_request, response) => void response.writeHead(ready[side] ? 200 : 503).end()),
    ),
  );
  const upstreams = { monolith: programs[0]?.url ?? '', service: programs[1]?.url ?? '' };
  const flag = await createFlag(`${capability}.owner`, 'default');
  const journal = await createTestDatabase('control');
  const leaseBucket = `control-test-${randomBytes(4).toString('hex')}`;
  const planes: RunningControlPlane[] = [];

  async function start(differently: Partial<ControlPlaneOptions> = {}): Promise<RunningControlPlane> {
    const plane = await runControlPlane({
      host: '127.0.0.1',
      port: 0,
      publicUrl: undefined,
      mysqlUrl: journal.url,
      natsUrl: servers.natsUrl,
      unleash: { url: servers.unleashUrl, token: servers.unleashClientToken },
      unleashAdmin: {
        url: servers.unleashUrl,
        token: servers.unleashAdminToken,
        project: 'default',
        environment: 'development',
        timeoutMs: wideMs,
      },
      gateway: {
        monolith: { urls: [upstreams.monolith], discover: undefined },
        capabilities: { [capability]: { service: { urls: [upstreams.service], discover: undefined } } },
      } as unknown as ControlPlaneOptions['gateway'],
      adminToken: operator,
      settings: testSettings,
      leaseBucket,
      leaseDuration: 10_000,
      minRequestTimeout: wideMs,
      mostLag: wideMs,
      throwAwayData: true,
      verify: undefined,
      verifiedFor: wideMs,
      quietTime: 1_000,
      registry: new Registry(),
      logger: createLogger('control-plane', process.env['TEST_LOG_LEVEL'] ?? 'fatal'),
      ...differently,
    });
    planes.push(plane);
    return plane;
  }

  const look: ControlledSystem['look'] = async (plane) =>
    (await ask(plane, 'GET', `/capabilities/${capability}`)).body as CapabilityView;

  return {
    ...{ capability, replication, flag, upstreams, journal, start, ask, look },
    async cutOff(to) {
      await appliers[to].stop();
      return async () => {
        appliers[to] = await replication.startApplier(to);
      };
    },
    async untilOwned(plane, percent) {
      let view = await look(plane);
      await until(`the service owns ${percent} buckets`, async () => {
        view = await look(plane);
        return (
          view.state === 'settled' &&
          view.serviceBuckets === percent &&
          view.wanted.percent === percent &&
          view.wanted.by === 'flag'
        );
      });
      return view;
    },
    async loseLease() {
      const leases = await replication.nats.jetstream().views.kv(leaseBucket, { ttl: 10_000, history: 1 });
      await leases.delete('leader');
    },
    async loseService() {
      ready.service = false;
      await Promise.all([owning.stop(), appliers.service.stop(), back.capture.stop()]);
      return async () => {
        owning = await replication.startOwnership('service');
        appliers.service = await replication.startApplier('service');
        await replication.startCapture('service');
        ready.service = true;
      };
    },
    setReady: (side, is) => void (ready[side] = is),
    async end() {
      for (const plane of planes) await plane.end().catch(() => undefined);
      for (const end of endings) await end();
      await flag.remove();
      await Promise.all(programs.map((program) => program.kill()));
      await (
        await replication.nats.jetstreamManager()
      ).streams
        .delete(`KV_${leaseBucket}`)
        .catch(() => false);
      await replication.end();
      await journal.drop();
    },
  };
}

const askOnce: ControlledSystem['ask'] = async (plane, method, path, body, headers = {}) => {
  const response = await fetch(new URL(path, plane.url), {
    method,
    headers: {
      authorization: `Bearer ${operator}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
};

const ask: ControlledSystem['ask'] = async (plane, method, path, body, headers = {}) => {
  if (body === undefined || 'if-match' in headers) return askOnce(plane, method, path, body, headers);
  const seen = /^\/(capabilities\/[^/]+|tokens|gateways)/.exec(path)?.[0] ?? path;
  for (;;) {
    const etag = (await askOnce(plane, 'GET', seen)).headers.get('etag') ?? '"0"';
    const answer = await askOnce(plane, method, path, body, { 'if-match': etag, ...headers });
    if (answer.status !== 412) return answer;
  }
};

/** A gateway that serves other capabilities: where there is none at all, nothing is completed. */
async function standGateway(nats: NatsConnection): Promise<() => Promise<void>> {
  const program = await startUpstream((_request, response) => void response.end('{"endpoints":[]}'));
  const metadata = { gateway: randomBytes(4).toString('hex'), adminUrl: program.url };
  const registered = await register(nats, { name: 'gateway', version: '0.0.0', metadata });
  return async () => {
    await registered.withdraw();
    await program.kill();
  };
}

export const testSettings: ControlPlaneOptions['settings'] = {
  stepSizes: { service: [1, 5, 10, 25, 50], monolith: [50] },
  releasePatience: wideMs,
  grantPatience: wideMs,
  killBlockers: false,
  mostFailures: 3,
  backOff: 200,
  interval: 200,
};

/** For what does not come at all. */
export const impatientSettings = { ...testSettings, releasePatience: 1_000, grantPatience: 1_500 };
