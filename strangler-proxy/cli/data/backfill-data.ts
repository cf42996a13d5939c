import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BackfillProgress,
  backfillProgressSchema,
  backfillProgressSubject,
  type BackfillRequest,
  backfillSubject,
} from '#contracts/strangler/backfill.js';
import type { Side } from '#contracts/strangler/move.js';
import type { SidecarStatus } from '#contracts/strangler/sidecar-status.js';
import { AppError } from '#platform/errors/app-error.js';
import { listenJson, type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { notConfirmed, notReachable } from '../output/exit-codes.js';
import type { Places } from '../system/locate-system.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { durationText } from './duration-text.js';
import { BackfillJudge } from './judge-backfill.js';
import { lookAtReplication } from './look-at-replication.js';
import { withSidecars } from './with-sidecars.js';

type Applier = SidecarStatus['applier'];

export interface BackfillOptions {
  /** The side whose replica is filled. */
  to: Side;
  newChain?: boolean;
  reason: string;
  json?: boolean;
}

/**
 * Has a replica filled anew, and follows until it is complete. Ctrl-C ends the following only.
 * @throws AppError `not_reachable`, `failed` when it can't go on, `not_confirmed` after Ctrl-C
 */
export async function backfillData(
  places: Places,
  capability: string,
  options: BackfillOptions,
  terminal: Terminal,
  whenAskedToEnd: () => AbortSignal,
): Promise<void> {
  const signal = whenAskedToEnd();
  await withSidecars(places, async (nats) => {
    const done = await fillAgain(nats, capability, options, terminal, signal);
    terminal.progress('');
    if (options.json) printJson(terminal, done ?? { capability, side: options.to, complete: false });
    if (!done) throw notConfirmed(leftAlone(capability));
    if (options.json) return;
    const rows = done.tables.map(({ table, rows: read }) => `  ${table}: ${read} rows`);
    terminal.print([`The replica of ${capability} on the ${options.to} is complete.`, ...rows].join('\n'));
  });
}

function leftAlone(capability: string): string {
  return `The backfill is not complete yet, and goes on by itself: "npx strangler data repair ${capability}" shows how far it is.`;
}

/** How often the sidecar is asked whether it can go on, in milliseconds. */
const lookEvery = 2_000;

/**
 * @returns the progress at its end, or undefined when it was asked to end before
 * @throws AppError `not_reachable`, `failed`
 */
export async function fillAgain(
  nats: NatsConnection,
  capability: string,
  { to, newChain = false, reason }: Omit<BackfillOptions, 'json'>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<BackfillProgress | undefined> {
  const look = async () => (await lookAtReplication(nats, capability)).sidecars[to]?.applier;
  const before = await look();
  const beganAt = Date.now();
  const judge = new BackfillJudge(newChain, before, beganAt);
  let mayBeComplete = false;
  const stopListening = listenJson(
    nats,
    backfillProgressSubject(capability, to),
    backfillProgressSchema,
    (progress) => {
      judge.saw(progress);
      mayBeComplete = progress.complete;
      terminal.progress(progressText(progress, (Date.now() - beganAt) / 1_000));
    },
    () => undefined,
  );
  try {
    await ask(nats, capability, to, { reason, newChain });
    let lookedAt = Date.now();
    while (!signal.aborted) {
      await sleep(100);
      if (!mayBeComplete && Date.now() - lookedAt < lookEvery) continue;
      mayBeComplete = false;
      lookedAt = Date.now();
      // What was published may have been lost on the way, so it is asked for as well.
      const applier = await look();
      const verdict = judge.judge(applier, Date.now());
      if (verdict === 'complete') return applier?.backfill;
      if (verdict === 'stopped') throw isStopped(capability, to, applier);
      if (verdict === 'ask again') {
        await ask(nats, capability, to, { reason, newChain }).catch(() => undefined);
        judge.askedAgain(Date.now());
      }
      tellWhatKeepsIt(applier, to, terminal);
    }
    return undefined;
  } finally {
    stopListening();
  }
}

function tellWhatKeepsIt(applier: Applier | undefined, to: Side, terminal: Terminal): void {
  if (!applier)
    terminal.progress(`the sidecar beside the ${to} does not answer; the backfill goes on when it is back`);
  else if (applier.state === 'stopped')
    terminal.progress(`the applier on the ${to} is stopped, waiting for it to begin`);
}

function isStopped(capability: string, to: Side, applier: Applier | undefined): AppError {
  return new AppError(
    'failed',
    `The backfill of ${capability} can't go on, since the applier on the ${to} is stopped: ${applier?.failure?.message ?? applier?.message ?? 'see its log'}. ` +
      `It goes on by itself once that is mended; "npx strangler data repair ${capability}" says what to do.`,
  );
}

async function ask(
  nats: NatsConnection,
  capability: string,
  to: Side,
  request: BackfillRequest,
): Promise<void> {
  try {
    await requestJson(
      nats,
      backfillSubject(capability, to),
      request,
      backfillProgressSchema.nullable(),
      5_000,
    );
  } catch (error) {
    throw notReachable(
      `The sidecar beside the ${to} does not answer for ${capability} (${messageOf(error)}): nothing was begun. ` +
        '"npx strangler ps" shows whether it runs; its log says what it waits for.',
      error,
    );
  }
}

function progressText({ tables }: BackfillProgress, seconds: number): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const current = tables.find(({ complete }) => !complete);
  if (!current) return `${rows} rows, ${durationText(seconds)}`;
  const left = current.secondsLeft === null ? '' : `, about ${durationText(current.secondsLeft)} left`;
  return `${current.table}: ${current.rows} of about ${Math.max(current.rows, current.estimate)} rows (${current.percent} %)${left}`;
}
