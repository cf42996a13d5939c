import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import type { Side } from '#contracts/strangler/move.js';
import { eventLimits } from '#contracts/strangler/retention.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { ensureLog, openLog, type OrderedLog } from '#platform/messaging/ordered-log.js';
import { type ConnectionWatch, watchConnection } from '#platform/messaging/watch-connection.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Connection } from '../database/connect-mysql.js';
import type { EventMetrics } from '../observe/metrics.js';
import { takeTurns } from '../turns/take-turns.js';
import { createOutboxBell, type OutboxBell } from './outbox-bell.js';
import { markPublished, prune, readOpen, reopenElsewhere } from './outbox-rows.js';
import { publishEvents } from './publish-events.js';
import { reopenLost } from './reopen-lost.js';

export interface EventsOptions {
  /** The database with the outbox. */
  url: string;
  capability: string;
  side: Side;
  nats: NatsConnection;
  logger: Logger;
  metrics: EventMetrics;
  /** How long events are kept after they were published, in milliseconds: for so long the stream may be lost. */
  keptMs: number;
  /** Rung by whoever reads the database's log; by default nobody does. */
  bell?: OutboxBell;
}

export interface EventsStatus {
  /** `standby`: another instance publishes. */
  state: 'starting' | 'standby' | 'publishing';
  message?: string;
}

/** Publishes what one side says of a capability. */
export interface EventPublisher {
  status(): EventsStatus;
  stop(): Promise<void>;
}

/** Events of one turn. */
const batch = 200;
/**
 * Between two looks into an outbox that is empty, in milliseconds. While another instance reads the log, nobody rings
 * here: then often, and less so when nothing was said for a while.
 */
const pauses = { heard: 2_000, short: 50, long: 250, longAfter: 5_000 };
/** Between two looks at the stream, in milliseconds. */
const checkEvery = 5_000;
/** How long a broker that is away is waited for before the database is left alone again, in milliseconds. */
const brokerPatience = 5_000;

/** Publishes the events of one outbox for as long as it runs, whatever comes and goes. */
export function runEvents(options: EventsOptions): EventPublisher {
  const { url, capability, nats, metrics, bell = createOutboxBell() } = options;
  const logger = options.logger.child({ capability });
  const broker = watchConnection(nats);
  const ending = new AbortController();
  let status: EventsStatus = { state: 'starting' };

  function become(next: EventsStatus): void {
    const changed = next.state !== status.state || next.message !== status.message;
    status = next;
    metrics.state(next.state);
    if (changed && (next.state !== 'starting' || next.message))
      logger.info({ reason: next.message }, `publishing of events is ${next.state}`);
  }

  const running = takeTurns(
    {
      url,
      purpose: `events ${capability}`,
      signal: ending.signal,
      onStandby: () => become({ state: 'standby' }),
      onInterrupted: (error) => become({ state: 'starting', message: messageOf(error) }),
    },
    async (connection, goesWell) => {
      await broker.untilConnected(brokerPatience);
      const log = await openLog(nats, eventStream, eventSubjects);
      let createdAt = '';
      let checkedAt = -Infinity;
      let foundAt = performance.now();
      while (!ending.signal.aborted) {
        if (performance.now() - checkedAt >= checkEvery) {
          createdAt = await lookAtStream(options, connection, log, createdAt, logger);
          checkedAt = performance.now();
        }
        const found = await publishOpen(options, connection, log, createdAt, broker);
        goesWell();
        become({ state: 'publishing' });
        if (found > 0) foundAt = performance.now();
        const quiet = performance.now() - foundAt > pauses.longAfter;
        const unheard = quiet ? pauses.long : pauses.short;
        if (found < batch) await bell.wait(bell.isHeard() ? pauses.heard : unheard, ending.signal);
      }
    },
  );
  return {
    status: () => status,
    async stop() {
      ending.abort();
      await running;
    },
  };
}

/** @returns when the stream was made that is there now */
async function lookAtStream(
  { capability, keptMs }: EventsOptions,
  connection: Connection,
  log: OrderedLog,
  knownAs: string,
  logger: Logger,
): Promise<string> {
  const state = await ensureLog(log, eventLimits);
  const elsewhere =
    state.createdAt === knownAs ? 0 : await reopenElsewhere(connection, capability, state.createdAt);
  const lost = elsewhere + (await reopenLost(connection, capability, log, state.firstSequence));
  if (lost > 0) logger.warn({ events: lost }, 'the stream has lost events: they are published again');
  await prune(connection, capability, keptMs);
  return state.createdAt;
}

/** @returns how many events were open */
async function publishOpen(
  { capability, side, metrics }: EventsOptions,
  connection: Connection,
  log: OrderedLog,
  createdAt: string,
  broker: ConnectionWatch,
): Promise<number> {
  const losses = broker.losses();
  const events = await readOpen(connection, capability, side, batch);
  if (events.length === 0) return 0;
  const { published, failure } = await publishEvents(log, events);
  // A broker that went away in between may have lost what came before: then nobody knows where these stand.
  if (broker.losses() !== losses) throw new Error('the broker was away while events were published');
  await markPublished(connection, capability, published, createdAt);
  metrics.published(published.length);
  if (failure) throw failure;
  return events.length;
}
