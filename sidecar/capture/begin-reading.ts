import { randomUUID } from 'node:crypto';
import {
  type ChangeMessage,
  changeStream,
  changeSubject,
  type Position,
} from '#contracts/strangler/change-message.js';
import type { UnsafeTable } from '#contracts/strangler/check-tables.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { openLog } from '#platform/messaging/ordered-log.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { type Connection, exactOptions, selectRows } from '../database/connect-mysql.js';
import { describeColumns } from '../database/describe-columns.js';
import { lookAtTables } from '../safety/find-unsafe-tables.js';
import { CaptureStopped } from './capture-error.js';
import { checkSource, currentGtid } from './check-source.js';
import { chooseServerId } from './choose-server-id.js';
import { findStart } from './find-start.js';
import { markWentBack } from './mark-went-back.js';
import { type Reading, readChanges } from './read-changes.js';
import { checkExecuted, SourceWentBack } from './went-back.js';

export interface BeginOptions {
  connection: Connection;
  url: string;
  move: Move;
  side: Side;
  nats: NatsConnection;
  /** All tables of this database that some capability moves. */
  movedTables: readonly string[];
  /** Statements that have redefined a table, by their GTIDs, and were met before the tables are looked at here. */
  seenRedefinitions: ReadonlySet<string>;
  /** Place that an applier asked for. */
  wanted: Position | undefined;
  /** Told as soon as it is known, also when the reading then can't begin. */
  onStart(position: Position): void;
  onWritten(): void;
  onSaid(): void;
  onStored(message: ChangeMessage): void;
  /** The last transaction before the place is not read again: the log may not reach back to it. */
  trustLast: boolean;
  /** What of the database's settings is tolerable, but not safe. */
  onWarnings(warnings: readonly string[]): void;
}

/** Bytes of a message that are not row images: names, places, signals. */
const envelopeBytes = 8 * 1024;

/**
 * Checks that everything is as it has to be, finds the place, and begins to read there.
 * @throws CaptureStopped when a person is needed; other errors pass by themselves
 */
export async function beginReading(options: BeginOptions): Promise<Reading> {
  const { connection, url, move, side, nats } = options;
  const schema = exactOptions(url).database;
  const { mariadb, warnings } = await checkSource(connection);
  options.onWarnings(warnings);
  const behindTriggers = await checkTables(options);
  const origin = await ownOrigin(connection);
  if (!nats.info) throw new Error('the broker has not said yet how large a message may be');
  const log = await openLog(nats, changeStream(move.capability, side), changeSubject(move.capability, side));
  const start = await findStart(log, move.capability, side, origin, options.wanted);
  options.onStart(start.position);
  if (start.position.origin !== null && start.position.origin !== origin)
    throw otherOrigin(schema, move.capability);
  if (start.wentBack !== undefined) throw new CaptureStopped('source_went_back', start.wentBack);
  const onWentBack = async (error: SourceWentBack) => {
    // A replica that has heard it, and asks to go on from there, need not be told again.
    options.onStart(await markWentBack(log, move.capability, side, origin, start, error));
  };
  await checkExecuted(connection, mariadb, schema, move.capability, start.position).catch(
    async (error: unknown) => {
      if (error instanceof SourceWentBack) await onWentBack(error);
      throw error;
    },
  );
  const gtid = start.position.gtid ?? (await currentGtid(connection, mariadb));
  return readChanges({
    url,
    schema,
    move,
    side,
    origin,
    serverId: await chooseServerId(connection, `${schema} ${move.capability} ${side}`),
    run: randomUUID(),
    start,
    gtid,
    // It is read again, to see that it is still the same one.
    last: options.trustLast ? null : (start.position.last ?? null),
    onWentBack,
    log,
    seenRedefinitions: options.seenRedefinitions,
    behindTriggers,
    maxBytes: nats.info.max_payload - envelopeBytes,
    onWritten: options.onWritten,
    onSaid: options.onSaid,
    onStored: options.onStored,
  });
}

/**
 * @returns names of what the tables' triggers reach
 * @throws CaptureStopped `unsafe_table`, which names everything that has to be mended
 */
async function checkTables({
  connection,
  move,
  side,
  movedTables,
}: BeginOptions): Promise<ReadonlySet<string>> {
  const owners = ownershipTable(move.capability);
  if ((await describeColumns(connection, owners)).length === 0)
    throw new Error(`the table ${owners} is not there yet`);
  const { unsafe, behindTriggers } = await lookAtTables(connection, move, side, movedTables);
  if (unsafe.length === 0) return behindTriggers;
  throw new CaptureStopped(
    'unsafe_table',
    `${move.capability} can't be replicated without a loss from the ${side}'s tables:\n  ${unsafe.map(describe).join('\n  ')}`,
  );
}

function describe({ table, problem, remedy }: UnsafeTable): string {
  return `${table}: ${problem}. To mend it: ${remedy}`;
}

async function ownOrigin(connection: Connection): Promise<string> {
  const [row] = await selectRows<{ origin: string }>(connection, 'SELECT origin FROM strangler_origin');
  if (!row) throw new Error('strangler_origin is empty: restart the sidecar, which fills it');
  return row.origin;
}

function otherOrigin(schema: string, capability: string): CaptureStopped {
  return new CaptureStopped(
    'other_origin',
    `the replica was filled from another database than ${schema} on this server: if that is meant to be, ` +
      `fill the replica anew (backfill ${capability} with a new chain)`,
  );
}
