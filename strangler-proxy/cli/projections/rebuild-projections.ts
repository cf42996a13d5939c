import {
  type ProjectionStatus,
  type RebuildAnswer,
  rebuildAnswerSchema,
  rebuildSubject,
} from '#contracts/strangler/projections.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { gatherJson } from '#platform/messaging/gather-json.js';
import { notReachable, wrongUsage } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import { followRebuilds, type Rebuild } from './follow-rebuilds.js';
import { readProjections } from './read-projections.js';

/** Whoever begins a build waits for the events that are being handled; in milliseconds. */
const answerMs = 5_000;

type Outcome = RebuildAnswer['rebuilds'][number]['outcome'];

/**
 * Has projections built anew, and follows that until it is done.
 * @param name all, where none is named
 * @param signal aborted by Ctrl-C: what was begun goes on without us
 * @returns those that were asked for, as they are then
 * @throws AppError `wrong_usage` for a name that there is not; `not_reachable` when nobody builds any, or nobody answers
 * whether one was begun; `not_confirmed` when it isn't known to be done
 */
export async function rebuildProjections(
  nats: NatsConnection,
  name: string | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ProjectionStatus[]> {
  const known = await readProjections(nats);
  if (known.length === 0) throw notReachable('Nobody builds projections just now: is the service running?');
  const wanted = known.filter((one) => name === undefined || one.name === name);
  if (wanted.length === 0)
    throw wrongUsage(`There is no projection ${name}: there are ${known.map((one) => one.name).join(', ')}.`);
  const outcomes = await begin(nats, name, wanted);
  const rebuilds = wanted.map((before): Rebuild => {
    const outcome = outcomes.get(before.name);
    terminal.tell(`${before.name} ${said(outcome)}`);
    return { name: before.name, builtBefore: before.builtAt, begun: outcome !== undefined };
  });
  return followRebuilds(nats, rebuilds, terminal, signal);
}

function said(outcome: Outcome | undefined): string {
  if (outcome === 'begun') return 'is being built anew.';
  return outcome === 'running'
    ? 'was being built already.'
    : 'did not answer in time: looking whether it is being built.';
}

/** Of several instances one begins, and the others find it running. @returns nothing of those that did not answer */
async function begin(
  nats: NatsConnection,
  name: string | undefined,
  wanted: readonly ProjectionStatus[],
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const answers = await gatherJson(nats, rebuildSubject, { name: name ?? null }, rebuildAnswerSchema, {
    maxMs: answerMs,
    isComplete: (found) => {
      const named = new Set(found.flatMap(({ rebuilds }) => rebuilds.map((one) => one.name)));
      return wanted.every((one) => named.has(one.name));
    },
  });
  for (const { name: of, outcome } of answers.flatMap(({ rebuilds }) => rebuilds))
    if (outcomes.get(of) !== 'begun') outcomes.set(of, outcome);
  return outcomes;
}
