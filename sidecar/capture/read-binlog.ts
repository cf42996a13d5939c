import ZongJi, {
  type AnyBinlogEvent,
  type QueryEvent,
  type RowData,
  type TableMapEntry,
  type UpdateRowData,
} from '@vlasky/zongji';
import type { LastTransaction } from '#contracts/strangler/change-message.js';
import type { Row } from '#contracts/strangler/move.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { exactOptions } from '../database/connect-mysql.js';
import { heartbeatTable } from '../database/control-tables.js';
import { exactValues } from './exact-values.js';
import { transactionStatement } from './transaction-statement.js';

/** Row images as the log has them. */
export interface ChangedRow {
  before?: Row;
  after?: Row;
}

/** What the log says, transaction by transaction. A handler that throws ends the reading with that error. */
export interface BinlogHandlers {
  onRows(table: string, rows: ChangedRow[], gtidBefore: string): void;
  /** @param gtid all transactions up to and with this one @param last the same one @param loggedAt its time in the log */
  onCommit(gtid: string, last: LastTransaction, loggedAt: number): void;
  onRollback(): void;
  onSavepoint(name: string): void;
  /** What came since the savepoint is taken back; the transaction goes on. */
  onRollbackTo(name: string): void;
  /** A statement that is in the log as text: DDL, or a change that was not logged by rows. */
  onStatement(sql: string, gtid: string, schema: string): void;
  /** The first half of a distributed transaction, which may still be rolled back. */
  onPrepare(): void;
  /** Nothing comes after this. */
  onEnd(error: Error): void;
}

export interface BinlogReader {
  pause(): void;
  resume(): void;
  stop(): void;
}

const eventNames = [
  'gtid',
  'mariadbgtid',
  'tablemap',
  'writerows',
  'updaterows',
  'deleterows',
  'xid',
  'query',
  'xaprepare',
];

/**
 * Reads the log of a database server after a set of transactions.
 * @param url database; its schema is the one whose tables are reported
 * @param tables names of the tables that are reported
 * @param serverId must be unique among all who read this server's log
 * @param gtid what is known already
 */
export function readBinlog(
  url: string,
  tables: readonly string[],
  serverId: number,
  gtid: string,
  handlers: BinlogHandlers,
): BinlogReader {
  const options = exactOptions(url);
  const zongji = new ZongJi(options);
  let ended = false;
  const current: Transaction = { before: gtid, writtenAt: undefined };

  function end(error: Error): void {
    if (ended) return;
    ended = true;
    stop();
    handlers.onEnd(error);
  }

  function stop(): void {
    ended = true;
    zongji.stop();
  }

  function handle(event: AnyBinlogEvent): void {
    if (ended) return;
    try {
      if (event.getEventName() === 'gtid' || event.getEventName() === 'mariadbgtid')
        Object.assign(current, { before: zongji.gtidSet ?? current.before, writtenAt: undefined });
      dispatch(zongji, event, current, handlers);
    } catch (error) {
      end(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  zongji.on('error', end);
  zongji.on('binlog', handle);
  const closed = guarded('the end of a log connection', () =>
    end(new Error('the log connection was closed')),
  );
  zongji.on(
    'ready',
    guarded('a log connection', () => zongji.connection?.on('end', closed)),
  );
  zongji.start({
    serverId,
    gtidSet: gtid,
    includeEvents: eventNames,
    includeSchema: { [options.database]: [...tables] },
  });
  return {
    pause: () => zongji.connection?.pause(),
    resume: () => zongji.connection?.resume(),
    stop,
  };
}

/** The one that is being read. */
interface Transaction {
  /** All transactions before it. */
  before: string;
  /** What its heartbeat says, if it is one: exact where the log's own times have seconds. */
  writtenAt: number | undefined;
}

function dispatch(
  zongji: ZongJi,
  event: AnyBinlogEvent,
  current: Transaction,
  handlers: BinlogHandlers,
): void {
  const known = zongji.gtidSet ?? '';
  const name = event.getEventName();
  const { rows } = event as { rows?: (RowData | UpdateRowData)[] };
  if (rows) dispatchRows(zongji, event, rows, known, current, handlers);
  else if (name === 'xid') commit(event, known, current, handlers);
  else if (name === 'xaprepare') handlers.onPrepare();
  else if (name === 'query') dispatchStatement(event as QueryEvent, known, current, handlers);
}

function commit(
  { timestamp }: AnyBinlogEvent,
  gtid: string,
  { before, writtenAt }: Transaction,
  handlers: BinlogHandlers,
): void {
  handlers.onCommit(gtid, { before, committedAt: writtenAt ?? timestamp }, timestamp);
}

function dispatchStatement(
  event: QueryEvent,
  gtid: string,
  current: Transaction,
  handlers: BinlogHandlers,
): void {
  const statement = event.query.trim();
  const found = transactionStatement(statement);
  if (!found) handlers.onStatement(statement, gtid, event.schema);
  else if (found.kind === 'commit') commit(event, gtid, current, handlers);
  else if (found.kind === 'rollback') handlers.onRollback();
  else if (found.kind === 'savepoint') handlers.onSavepoint(found.name);
  else if (found.kind === 'rollback-to') handlers.onRollbackTo(found.name);
}

function tableOf(zongji: ZongJi, event: AnyBinlogEvent): TableMapEntry {
  const map = zongji.tableMap[(event as { tableId: number }).tableId];
  if (!map) throw new Error('the log has rows of a table that it did not describe');
  return map;
}

/** By the description of a table in the log, of which there is one until the table is altered. */
const exactly = new WeakMap<object, (row: Row) => Row>();

function dispatchRows(
  zongji: ZongJi,
  event: AnyBinlogEvent,
  rows: readonly (RowData | UpdateRowData)[],
  gtidBefore: string,
  current: Transaction,
  handlers: BinlogHandlers,
): void {
  const { tableName, columnSchemas } = tableOf(zongji, event);
  const exact = exactly.get(columnSchemas) ?? exactValues(columnSchemas);
  exactly.set(columnSchemas, exact);
  const name = event.getEventName();
  const images = rows.map((row): ChangedRow => {
    if (name === 'writerows') return { after: exact(row as Row) };
    if (name === 'deleterows') return { before: exact(row as Row) };
    const { before, after } = row as Required<ChangedRow>;
    return { before: exact(before), after: exact(after) };
  });
  if (tableName === heartbeatTable) current.writtenAt = Number(images.at(-1)?.after?.['written_at']);
  handlers.onRows(tableName, images, gtidBefore);
}
