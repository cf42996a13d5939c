import { bucketCount } from '#contracts/strangler/ownership.js';
import {
  deadLetterDays,
  idempotencyHours,
  inboxDays,
  instanceDays,
  maxEventsKeptHours,
  sagaDays,
} from '#contracts/strangler/retention.js';
import { agingTable, fixedTable, type Store } from '#contracts/strangler/store.js';
import { idempotencyTable } from './idempotency.js';
import { inboxPlacesTable, inboxTable } from './inbox-tables.js';
import { outboxTable } from './outbox-table.js';
import { projectionsTable } from './projection-table.js';

/** Which steps of a schema have run. */
export const schemaJournal: Store = fixedTable(
  'schema_migrations',
  'which steps of the schema have run',
  'step of the schema',
  1_000,
);

/** The answers of one capability's writes. */
export function idempotencyStore(capability: string): Store {
  return agingTable(
    idempotencyTable(capability),
    'answers of writes, for a client that repeats one',
    'the side that owns the resource removes them, every minute',
    { days: idempotencyHours / 24, column: 'created_at', end: 'removed' },
  );
}

/** Who owns which buckets of one capability. The name is the one of `ownershipTable`. */
export function ownershipStore(capability: string): Store {
  return fixedTable(`${capability}_ownership`, 'who owns which bucket', 'bucket', bucketCount * 2);
}

/** What one side says of a capability. @param keptHours as `EVENTS_KEPT_HOURS` says */
export function outboxStore(capability: string, keptHours = maxEventsKeptHours): Store {
  return agingTable(
    outboxTable(capability),
    'events that this side has said',
    'the sidecar publishes them, and removes them some time after that (`EVENTS_KEPT_HOURS`)',
    {
      ...{ of: 'published', days: keptHours / 24, column: 'published_at', order: 'sequence' },
      ...{ where: 'log_sequence IS NOT NULL', end: 'removed' },
    },
    {
      ...{ of: 'not published yet', days: 1, column: 'occurred_at', order: 'sequence' },
      ...{ where: 'log_sequence IS NULL', end: 'finished' },
    },
  );
}

/** What consumers of events have handled, and where they are. */
export const inboxStores: readonly Store[] = [
  agingTable(
    inboxTable,
    'events that consumers have handled, or put aside',
    'the consumer removes them, every minute; it logs each that was put aside and is given up',
    { of: 'handled', days: inboxDays, column: 'handled_at', where: "outcome = 'handled'", end: 'removed' },
    { of: 'put aside', days: deadLetterDays, end: 'removed' },
  ),
  fixedTable(inboxPlacesTable, 'where consumers are in the stream of events', 'consumer', 100),
];

/** How projections stand. */
export const projectionsStore: Store = fixedTable(
  projectionsTable,
  'how each projection stands, and its build',
  'projection',
  100,
);

/** The sagas of one service. */
export const sagaStore: Store = agingTable(
  'sagas',
  'sagas that run, and those that have ended',
  'the service removes ended ones, every minute; one that runs ends by itself, or is shown as stuck',
  { of: 'ended', days: sagaDays, column: 'ended_at', end: 'removed' },
  {
    ...{ of: 'running', days: 1, column: 'created_at', end: 'finished' },
    where: "status IN ('running', 'compensating')",
  },
);

/** Who works on what. */
export function leaseStore(table: string): Store {
  return agingTable(
    table,
    'who works on what just now',
    'the holder gives it back; ended ones go every minute',
    {
      ...{ days: 1, column: 'ends_at', end: 'removed' },
    },
  );
}

/** By these the program and the sidecar on one database understand each other. Names as in `retirement-tables.ts`. */
export const retirementStores: readonly Store[] = [
  fixedTable('strangler_retirement', 'how far capabilities are retired', 'capability', 1_000),
  fixedTable('strangler_uses', 'when each endpoint was asked last', 'endpoint', 10_000),
  {
    ...fixedTable('strangler_instances', 'instances of the program', 'instance of the last days', 100_000),
    kept: `each start removes those that ended and were started over ${instanceDays} days ago`,
  },
];
