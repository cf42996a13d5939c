import { setTimeout as sleep } from 'node:timers/promises';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import { bucketCount, type OwnershipAnswer } from '#contracts/strangler/ownership.js';
import { answeredTablesSchema, verifySubject } from '#contracts/strangler/verify.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { type Asker, askOwners, askSide, CanNotVerify, lastOwner } from './ask-side.js';
import { confirmDifferences, type Suspect } from './confirm-differences.js';
import { findSuspects, type Range } from './find-suspects.js';
import type { Place, TableResult, Unconfirmed, VerifyProgress, VerifyResult } from './verify-result.js';
import { isAlike, walkTable } from './walk-table.js';
import { watchLag } from './watch-lag.js';

export interface VerifyRequest {
  nats: NatsConnection;
  capability: string;
  /** Only rows of these buckets; all when left out. Reading them costs as much, comparing them less. */
  buckets?: readonly number[];
  /** Only this table, by its name on either side. */
  table?: string;
  /** Where an earlier run was ended; `end` where it had been through, and only `unsettled` rows are left. */
  from?: Place | 'end';
  /** Rows that an earlier run could not settle: they are settled first. */
  unsettled?: readonly Unconfirmed[];
  /** It is ended after so many differences: who has that many fills the replica anew. */
  most?: number;
  /** Rest between two stretches of a table, in milliseconds. */
  rest?: number;
  /** Longest wait for a replica to meet a row in the stream, in milliseconds. */
  patience?: number;
  signal?: AbortSignal;
  onProgress?(progress: VerifyProgress): void;
}

interface MovedTable {
  table: string;
  monolithTable: string;
  estimate: number;
}

/** Rows of one block: small, so that under traffic few of them have to be looked at row by row. */
const blockRows = 1_000;
/** Suspects that are settled together. */
const suspectsAtOnce = 100;
/** Stretches after which suspects are settled though they are fewer: only then can a later run go on behind them. */
const settleEvery = 10;

/**
 * Compares all rows of a capability on both sides while traffic runs. Digests of the same key ranges are compared first;
 * where they differ the rows are; and of rows that differ the owner's is sent through the stream, and compared with the
 * replica's when the replica is at exactly that place of the owner's log. So what is only under way never counts as a
 * difference, however often a key changes, and a row that was wrong when it was read is either named, or made right by
 * the stream meanwhile, or listed as unconfirmed.
 * @returns never throws: what hindered it stands in `problem`
 */
export async function verifyCapability(request: VerifyRequest): Promise<VerifyResult> {
  const asker: Asker = { nats: request.nats, capability: request.capability };
  const startedAt = Date.now();
  const result: VerifyResult = {
    capability: request.capability,
    outcome: 'unknown',
    problem: null,
    buckets: request.buckets ? [...request.buckets] : null,
    tables: [],
    differences: [],
    more: false,
    unconfirmed: [...(request.unsettled ?? [])],
    reached: request.from === 'end' ? null : (request.from ?? null),
    startedAt: new Date(startedAt).toISOString(),
    seconds: 0,
    rowsPerSecond: 0,
  };
  try {
    refuseNothing(request);
    refuseIncomplete(request.capability, await askOwners(asker), request.buckets);
    await settleEarlier(asker, request, result);
    if (request.from !== 'end')
      await compareTables(asker, request, await tablesToCompare(asker, request), result);
  } catch (error) {
    if (request.signal?.aborted) result.problem = 'ended before it was through';
    else if (error instanceof CanNotVerify) result.problem = error.message;
    else throw error;
  }
  result.seconds = (Date.now() - startedAt) / 1_000;
  result.rowsPerSecond = Math.round(comparedRows(result.tables) / Math.max(0.001, result.seconds));
  if (result.differences.length > 0) result.outcome = 'different';
  else if (result.problem === null && result.unconfirmed.length === 0 && !result.more)
    result.outcome = 'equal';
  if (result.problem === null && !result.more) result.reached = null;
  return result;
}

/** What looks at nothing finds no difference either. */
function refuseNothing({ most = 1, buckets, from, unsettled = [] }: VerifyRequest): void {
  if (!Number.isInteger(most) || most < 1)
    throw new CanNotVerify(`it is to end after ${most} differences: say 1 at least`);
  if (buckets?.length === 0) throw new CanNotVerify('it is to compare no bucket: name one at least');
  if (from === 'end' && unsettled.length === 0)
    throw new CanNotVerify('all was compared before, and nothing of it is left to be settled');
}

function refuseIncomplete(
  capability: string,
  said: Record<Side, OwnershipAnswer>,
  buckets: readonly number[] = Array.from({ length: bucketCount }, (_, index) => index + 1),
): void {
  for (const bucket of buckets) {
    const replica = otherSide(lastOwner(said, bucket));
    // A complete replica whose source has gone back in time is compared, to show what differs.
    if (!said[replica].filled && !said[replica].wentBack)
      throw new CanNotVerify(
        `the replica of ${capability} on the ${replica} is not complete yet: "strangler data repair ${capability}" shows ` +
          'how far it is',
      );
  }
}

/** Settles what an earlier run could not; what is not reached stays unconfirmed. */
async function settleEarlier(asker: Asker, request: VerifyRequest, result: VerifyResult): Promise<void> {
  const { patience = 15_000, signal, unsettled = [] } = request;
  for (const [table, suspects] of byTable(unsettled)) {
    const options = { table, check: true, patience, signal };
    const settled = await confirmDifferences(asker, suspects, options);
    const monolithTable = suspects[0]?.monolithTable ?? table;
    const still = settled.unconfirmed.map((one) => ({ ...one, table, monolithTable }));
    result.unconfirmed = [...result.unconfirmed.filter((one) => one.table !== table), ...still];
    result.differences.push(...settled.differences.map((one) => ({ ...one, table, monolithTable })));
    if (settled.stalled !== null) throw new CanNotVerify(settled.stalled);
  }
}

function byTable(unsettled: readonly Unconfirmed[]): Map<string, Unconfirmed[]> {
  const tables = new Map<string, Unconfirmed[]>();
  for (const one of unsettled) tables.set(one.table, [...(tables.get(one.table) ?? []), one]);
  return tables;
}

/** Tables whose keys sort alike on both sides. @throws CanNotVerify */
async function tablesToCompare(asker: Asker, { table: named, from }: VerifyRequest): Promise<MovedTable[]> {
  const ask = (side: Side) =>
    askSide(asker, side, verifySubject('tables', asker.capability, side), {}, answeredTablesSchema);
  const [monolith, service] = await Promise.all([ask('monolith'), ask('service')]);
  const all = monolith.tables.map(({ table, here, keyOrder, estimate }) => {
    const other = service.tables.find((one) => one.table === table);
    if (other?.keyOrder !== keyOrder)
      throw new CanNotVerify(
        `the key of ${here} on the monolith is ${keyOrder}, that of ${table} on the service ${other?.keyOrder ?? 'unknown'}: ` +
          'give both the same types and collations, or they sort differently and ranges of keys mean different rows',
      );
    return { table, monolithTable: here, estimate: Math.max(estimate, other.estimate) };
  });
  const chosen = all.filter((one) => named === undefined || [one.table, one.monolithTable].includes(named));
  if (chosen.length === 0)
    throw new CanNotVerify(
      `${named} is no table of ${asker.capability}: there are ${all.map(({ table }) => table).join(', ')}`,
    );
  return chosen.slice(
    Math.max(
      0,
      chosen.findIndex(({ table }) => from !== 'end' && table === from?.table),
    ),
  );
}

async function compareTables(
  asker: Asker,
  request: VerifyRequest,
  tables: readonly MovedTable[],
  result: VerifyResult,
): Promise<void> {
  const lag = watchLag(asker);
  const estimate = tables.reduce((sum, one) => sum + one.estimate, 0);
  const began = Date.now();
  const progress = (table: TableResult): void =>
    request.onProgress?.(describeProgress(table.table, result, estimate, (Date.now() - began) / 1_000));
  try {
    for (const table of tables) {
      await compareTable(asker, request, table, result, lag.untilCaughtUp, progress);
      if (result.more) return;
    }
  } finally {
    lag.stop();
  }
}

async function compareTable(
  asker: Asker,
  request: VerifyRequest,
  { table, monolithTable }: MovedTable,
  result: VerifyResult,
  untilCaughtUp: () => Promise<void>,
  onProgress: (table: TableResult) => void,
): Promise<void> {
  const { most = 1_000, rest = 0, patience = 15_000, signal } = request;
  const buckets = result.buckets;
  const found: TableResult = {
    table,
    monolithTable,
    rows: { monolith: 0, service: 0 },
    blocksAgain: 0,
    suspected: 0,
  };
  result.tables.push(found);
  const { from } = request;
  const after = from !== 'end' && from?.table === table ? from.after : null;
  const suspects: Suspect[] = [];

  async function settle(): Promise<void> {
    while (suspects.length > 0 && !result.more) await settleSome(suspects.splice(0, suspectsAtOnce));
  }

  async function settleSome(some: Suspect[]): Promise<void> {
    const settled = await confirmDifferences(asker, some, { table, check: true, patience, signal });
    result.differences.push(...settled.differences.map((one) => ({ ...one, table, monolithTable })));
    result.unconfirmed.push(...settled.unconfirmed.map((one) => ({ ...one, table, monolithTable })));
    result.more = result.differences.length + result.unconfirmed.length >= most;
    onProgress(found);
    // A replica that is stopped, or far behind, would not meet the next rows either.
    if (settled.stalled !== null) throw new CanNotVerify(settled.stalled);
  }

  async function lookInto(range: Range): Promise<void> {
    found.blocksAgain += 1;
    // Most of what differs has only changed between the two readings, and is alike when both read at once.
    if (await isAlike(asker, { table, buckets, blockRows }, range)) return;
    for await (const some of findSuspects(asker, table, range, buckets)) {
      signal?.throwIfAborted();
      if (result.more) return;
      found.suspected += some.length;
      suspects.push(...some);
      if (suspects.length >= suspectsAtOnce) await settle();
    }
  }

  async function pace(): Promise<void> {
    await untilCaughtUp();
    if (rest > 0) await sleep(rest);
  }

  result.reached = { table, after };
  let stretches = 0;
  for await (const stretch of walkTable(asker, { table, after, buckets, blockRows, pace })) {
    for (const range of stretch.unlike) await lookInto(range);
    if (result.more) return;
    found.rows.monolith += stretch.rows.monolith;
    found.rows.service += stretch.rows.service;
    onProgress(found);
    if (++stretches % settleEvery === 0) await settle();
    // What is suspected and not settled yet would be forgotten by whoever goes on here.
    if (suspects.length === 0) result.reached = { table, after: stretch.upTo };
    signal?.throwIfAborted();
  }
  await settle();
}

function describeProgress(
  table: string,
  { tables, differences }: VerifyResult,
  estimate: number,
  seconds: number,
): VerifyProgress {
  const rows = comparedRows(tables);
  const rowsPerSecond = Math.round(rows / Math.max(0.001, seconds));
  const left = Math.max(0, estimate - rows);
  return {
    table,
    rows,
    estimate,
    rowsPerSecond,
    secondsLeft: rowsPerSecond > 0 ? Math.round(left / rowsPerSecond) : null,
    suspected: tables.reduce((sum, { suspected }) => sum + suspected, 0),
    differences: differences.length,
  };
}

function comparedRows(tables: readonly TableResult[]): number {
  return tables.reduce((sum, { rows }) => sum + Math.max(rows.monolith, rows.service), 0);
}
