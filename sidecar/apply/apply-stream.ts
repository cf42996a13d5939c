import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeMessage, Position, Signal } from '#contracts/strangler/change-message.js';
import type { BackfillRequest } from '#contracts/strangler/backfill.js';
import { type Move, otherSide, type Side } from '#contracts/strangler/move.js';
import type { OrderedLog } from '#platform/messaging/ordered-log.js';
import type { ConnectionWatch } from '#platform/messaging/watch-connection.js';
import type { Connection } from '../database/connect-mysql.js';
import type { ApplyMetrics } from '../observe/metrics.js';
import { type AppliedState, beginChain, loadApplied, markUnfilled } from '../state/applied-state.js';
import { type Outcome, PlaceMoved } from './apply-messages.js';
import { rewindAsker } from './ask-for-rewind.js';
import { beginBackfill, coversMove, loadProgress } from './backfill-progress.js';
import { countWhole, decideWhatToApply } from './decide-what-to-apply.js';
import { explainFailure, type Failure } from './explain-failure.js';
import { type Arrived, followLog } from './follow-log.js';
import { keepReplica } from './keep-replica.js';
import { isDeadlock } from './row-refused.js';

export interface StreamOptions {
  connection: Connection;
  log: OrderedLog;
  broker: ConnectionWatch;
  move: Move;
  /** The replica's side. */
  side: Side;
  signal: AbortSignal;
  metrics: ApplyMetrics;
  /** Backfills that were asked for and not begun. */
  requested: BackfillRequest[];
  on: StreamEvents;
}

export interface StreamEvents {
  /**
   * The replica is there now.
   * @param signals what the messages carried besides rows @param outcome what became of some of them
   */
  applied(state: AppliedState, signals: Signal[], outcome: Outcome): void;
  /** A person is needed; it is tried again every few seconds. */
  stopped(failure: Failure): void;
  /** Nothing has come for some seconds. */
  silent(): void;
  /** A backfill has been begun, or the replica is not complete any more. */
  filling(): void;
  trouble(error: unknown): void;
}

/** Of one unfinished transaction that is held back before it is applied in pieces. */
const mostHeld = { rows: 50_000, bytes: 64 * 1024 ** 2 };
/** Silence that is worth mentioning, in milliseconds. */
const silenceBound = 3_000;
/** How often one that a person has to mend is tried again, in milliseconds. */
const stoppedRetry = 2_000;

/**
 * Begins to fill a replica that never was, or that has not read every table: it is not complete, whatever is noted.
 * @returns whether there was anything to begin
 */
async function beginWhatWasNeverRead(
  connection: Connection,
  move: Move,
  side: Side,
  { filled }: AppliedState,
): Promise<boolean> {
  const progress = await loadProgress(connection, move.capability);
  if (coversMove(progress, move, side) || (filled && progress.length === 0)) return false;
  await beginBackfill(connection, move, side, () => markUnfilled(connection, move.capability));
  return true;
}

/**
 * Follows the stream and applies it, until told to end or until the database fails.
 * @throws errors of the database that another connection, or a later attempt, can mend
 */
export async function applyStream(options: StreamOptions): Promise<void> {
  const { connection, log, move, side, signal, metrics, on } = options;
  const { capability } = move;
  // Local writers change the same tables: gaps between rows, which nobody owns, are not to be locked.
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  const rewinds = rewindAsker(log, move, otherSide(side));
  let state = await loadApplied(connection, capability);
  const replica = keepReplica(connection, move, side, state);
  let pending: Arrived[] = [];
  let [heardAt, askedAt] = [Date.now(), 0];
  let stopped = false;

  const follower = followLog(log, options.broker, state.log, on.trouble);
  try {
    if (await beginWhatWasNeverRead(connection, move, side, state)) {
      await reload();
      on.filling();
    }
    while (!signal.aborted) {
      await serveRequests();
      const count = countWhole(pending, mostHeld);
      if (count === 0) await receive();
      else await apply(pending.slice(0, count));
    }
  } finally {
    await follower.close();
  }

  async function serveRequests(): Promise<void> {
    for (let request = options.requested.shift(); request; request = options.requested.shift()) {
      await beginBackfill(connection, move, side, async () => {
        if (request.newChain) await beginChain(connection, capability);
      });
      if (request.newChain) {
        await reload();
        await askForRewind(`a new chain was asked for: ${request.reason}`);
      }
      on.filling();
    }
  }

  async function receive(): Promise<void> {
    const arrived = await follower.take(1_000);
    if (arrived.length === 0) return idle();
    heardAt = Date.now();
    const place = pending.at(-1)?.message.position ?? state.position;
    const { apply: fitting, dropped, gap } = decideWhatToApply(place, messagesOf(arrived));
    const fits = new Set(fitting);
    metrics.dropped(dropped);
    pending.push(...arrived.filter(({ message }) => fits.has(message)));
    if (!gap) return;
    metrics.gap();
    await apply(pending.slice(0, countWhole(pending, mostHeld)));
    pending = [];
    await askForRewind(`the stream goes on at ${describe(gap.previous)}`);
  }

  /** The database would drop a connection that is never used. */
  async function idle(): Promise<void> {
    await connection.query('SELECT 1');
    const silence = Date.now() - heardAt;
    if (silence < silenceBound) return;
    if (!stopped) on.silent();
    // Heartbeats alone would break a healthy silence: the capture is away, or stuck, or can say why it stopped.
    if (Date.now() - askedAt > silenceBound)
      await askForRewind(`nothing has come for ${Math.round(silence / 1_000)} s`);
  }

  async function askForRewind(reason: string): Promise<void> {
    askedAt = Date.now();
    try {
      const answer = await rewinds.ask(
        state.position,
        `the replica is at ${describe(state.position)}, ${reason}`,
      );
      if (answer?.accepted) await follower.skipTo(answer.before);
      else if (answer) stop({ code: answer.code, message: answer.message, position: state.position });
    } catch (error) {
      // The capture is not there. When it is back it publishes, which shows the gap again.
      on.trouble(error);
    }
  }

  async function apply(ready: Arrived[]): Promise<void> {
    if (ready.length === 0) return;
    try {
      await commit(ready, false);
    } catch (error) {
      if (error instanceof PlaceMoved) return reload();
      // Nothing has changed, and the next round tries the same.
      if (isDeadlock(error)) return;
      if (!explainFailure(error, messagesOf(ready))) throw error;
      await applyOneByOne(ready);
    }
  }

  /** Goes as far as it can, message by message and row by row, to name what can't be applied. */
  async function applyOneByOne(ready: Arrived[]): Promise<void> {
    let rest = ready;
    while (rest.length > 0 && !signal.aborted) {
      const end = rest.findIndex(({ message }) => message.last) + 1;
      const one = end === 0 ? rest : rest.slice(0, end);
      try {
        await commit(one, true);
      } catch (error) {
        if (error instanceof PlaceMoved) return reload();
        const failure = explainFailure(error, messagesOf(one));
        if (!failure) throw error;
        stop(failure);
        await sleep(stoppedRetry, undefined, { signal }).catch(() => undefined);
        return;
      }
      rest = rest.slice(one.length);
    }
  }

  async function commit(ready: Arrived[], oneByOne: boolean): Promise<void> {
    const [first, ...others] = messagesOf(ready);
    const last = ready.at(-1);
    if (!first || !last) return;
    const messages = [first, ...others] as const;
    const signals = messages.flatMap((message) => message.signals);
    const outcome = await replica.apply(state, messages, last.log, oneByOne);
    pending = pending.slice(ready.length);
    stopped = false;
    if (hasSignal(signals, 'chunk', 'went-back')) await load();
    else state = { ...state, position: last.message.position, log: last.log };
    metrics.applied(ready.length, countRows(messages));
    on.applied(state, signals, outcome);
    if (hasSignal(signals, 'went-back')) on.filling();
  }

  async function reload(): Promise<void> {
    await load();
    pending = [];
  }

  async function load(): Promise<void> {
    state = await loadApplied(connection, capability);
    replica.isAt(state);
  }

  function stop(failure: Failure): void {
    stopped = true;
    on.stopped(failure);
  }
}

function messagesOf(arrived: readonly Arrived[]): ChangeMessage[] {
  return arrived.map(({ message }) => message);
}

function hasSignal(signals: readonly Signal[], ...kinds: Signal['kind'][]): boolean {
  return signals.some(({ kind }) => kinds.includes(kind));
}

function countRows(messages: readonly ChangeMessage[]): number {
  return messages.reduce((rows, { changes }) => rows + changes.length, 0);
}

function describe({ chain, seq, gtid, offset }: Position): string {
  return `message ${seq} of chain ${chain.slice(0, 8)} (${gtid ?? 'start'}${offset > 0 ? `, row ${offset}` : ''})`;
}
