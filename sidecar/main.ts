import type { Move } from '#contracts/strangler/move.js';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { replicationTables } from '../migrations/schema/sidecar/replication-tables.js';
import { replicationStores } from '../migrations/schema/sidecar/stores.js';
import { reportGrowth } from '#platform/growth/report-growth.js';
import { loadMoves } from '#platform/config/load-moves.js';
import { guardLocal } from '#platform/http/refuse-foreign.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { endWithGrace } from '#platform/program/end-with-grace.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { type Applier, runApply } from './apply/run-apply.js';
import { type Capture, runCapture } from './capture/run-capture.js';
import { writeHeartbeats } from './capture/write-heartbeats.js';
import { readSidecarConfig } from './config.js';
import { createTablesWhenPossible } from './database/create-tables.js';
import { createOutboxBell, type OutboxBell } from './events/outbox-bell.js';
import { type EventPublisher, runEvents } from './events/run-events.js';

import { lookAtLogs, lookAtTables } from './observe/measure-stores.js';
import { createMetrics } from './observe/metrics.js';
import { type Ownership, runOwnership } from './ownership/run-ownership.js';
import { registerProgram } from './register-program.js';
import { answerEnded } from './retirement/answer-ended.js';
import { type Replicating, type RunningRetirement, runRetirement } from './retirement/run-retirement.js';
import { serveCheck } from './safety/serve-check.js';
import { serveAdmin } from './serve-admin.js';
import { answerStatus } from './verify/answer-status.js';
import { serveVerify } from './verify/serve-verify.js';

const config = readSidecarConfig(process.env);
const { SIDECAR_SIDE: side, MYSQL_URL: url } = config;
const logger = createLogger(`${config.PROGRAM_NAME}-sidecar`, config.LOG_LEVEL);
const moves = await loadMoves(config.SIDECAR_MOVES, config.SIDECAR_MOVES_MODULE);
const registry = new Registry();
collectDefaultMetrics({ register: registry });
const metrics = createMetrics(registry);
const captures = new Map<string, Capture>();
const appliers = new Map<string, Applier>();
const ownerships = new Map<string, Ownership>();
const publishers = new Map<string, EventPublisher>();
const retirements = new Map<string, RunningRetirement>();
const endings: (() => Promise<unknown>)[] = [];

const letGo = async () => {
  for (const end of endings.toReversed()) await end();
};
endWithGrace(logger, letGo, 10_000);

// The admin listener comes first: whoever wonders what the rest waits for can ask it.
const pages = serveAdmin(registry, () => ({
  program: config.PROGRAM_NAME,
  side,
  captures: statuses(captures),
  appliers: statuses(appliers),
  ownerships: statuses(ownerships),
  events: statuses(publishers),
  replications: statuses(retirements),
}));
const admin = await serveHttp(guardLocal(pages, config.HOST), config.HOST, config.PORT);
endings.push(() => admin.close());
logger.info({ port: admin.port }, 'sidecar is listening');

await createTablesWhenPossible(url, replicationTables, logger);
const nats = await connectNats(`${config.PROGRAM_NAME}-sidecar`, config.NATS_URL);
endings.push(() => nats.close());
const program = { name: config.PROGRAM_NAME, version: config.PROGRAM_VERSION, url: config.PROGRAM_URL };
endings.push(registerProgram(nats, program, logger));

const capabilities = moves.map(({ capability }) => capability);
const growth = reportGrowth({
  ...{ program: `${config.PROGRAM_NAME}-sidecar`, registry, logger },
  looks: [
    lookAtTables({
      ...{ program: config.PROGRAM_NAME, url, capabilities, tables: replicationStores },
      keptHours: config.EVENTS_KEPT_HOURS,
    }),
    lookAtLogs(nats, capabilities, side),
  ],
});
growth.answerOver(nats);
endings.push(() => growth.stop());

const movedTables = moves.flatMap(({ tables }) => tables.map(({ [side]: one }) => one.table));
const heartbeats = writeHeartbeats(url, logger);
endings.push(() => heartbeats.stop());
for (const move of moves) {
  const { capability } = move;
  const common = { url, move, side, nats, logger };
  const ownership = runOwnership({ ...common, metrics: metrics.ownership(capability) });
  ownerships.set(capability, ownership);
  const bell = createOutboxBell(() => captures.get(capability)?.status().state === 'reading');
  const publisher = runEvents({
    ...{ url, capability, side, nats, logger, bell },
    metrics: metrics.events(capability),
    keptMs: config.EVENTS_KEPT_HOURS * 3_600_000,
  });
  publishers.set(capability, publisher);
  const retirement = runRetirement(
    common,
    () => replicate(move, bell),
    () => answerEnded(nats, { program: config.PROGRAM_NAME, capability, side }, logger),
  );
  retirements.set(capability, retirement);
  endings.push(
    () => ownership.stop(),
    () => publisher.stop(),
    () => retirement.stop(),
  );
}

/** Both directions of one capability, and what is told of them. */
function replicate(move: Move, bell: OutboxBell): Replicating {
  const { capability } = move;
  const common = { url, move, side, nats, logger };
  const capture = runCapture({
    ...common,
    movedTables,
    metrics: metrics.capture(capability),
    onWritten: () => heartbeats.hurry(),
    onSaid: () => bell.ring(),
  });
  const applier = runApply({
    ...common,
    metrics: metrics.apply(capability),
    chunkRows: config.BACKFILL_CHUNK_ROWS,
    mostLag: config.BACKFILL_MOST_LAG,
  });
  captures.set(capability, capture);
  appliers.set(capability, applier);
  const told = { program: config.PROGRAM_NAME, capability, side, capture, applier };
  const stopTelling = answerStatus(nats, told, logger);
  const stopVerifying = serveVerify(common);
  const stopChecking = serveCheck({ ...common, movedTables });
  return {
    async stop() {
      stopTelling();
      stopChecking();
      await Promise.all([capture.stop(), applier.stop(), stopVerifying()]);
      captures.delete(capability);
      appliers.delete(capability);
      metrics.ended(capability);
    },
  };
}

function statuses<Status>(roles: ReadonlyMap<string, { status(): Status }>): Record<string, Status> {
  return Object.fromEntries([...roles].map(([capability, role]) => [capability, role.status()]));
}
