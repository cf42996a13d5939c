import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ProjectionStatus,
  rebuildAnswerSchema,
  rebuildSubject,
} from '#contracts/strangler/projections.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { gatherJson } from '#platform/messaging/gather-json.js';
import { notReachable, wrongUsage } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { buildText } from './projection-text.js';
import { readProjections } from './read-projections.js';

const lookEveryMs = 500;

/**
 * Has projections built anew, and follows that until it is done, or the signal asks to end.
 * @param name all, where none is named
 * @returns those that were asked for, as they are then
 * @throws AppError `wrong_usage` for a name that there is not; `not_reachable` when nobody builds any
 */
export async function rebuildProjections(
  nats: NatsConnection,
  name: string | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ProjectionStatus[]> {
  const known = (await readProjections(nats)).map((projection) => projection.name);
  if (known.length === 0) throw notReachable('Nobody builds projections just now: is the service running?');
  if (name !== undefined && !known.includes(name))
    throw wrongUsage(`There is no projection ${name}: there are ${known.join(', ')}.`);
  const answers = await gatherJson(nats, rebuildSubject, { name: name ?? null }, rebuildAnswerSchema);
  const begun = new Set<string>();
  for (const { name: of, outcome } of answers.flatMap(({ rebuilds }) => rebuilds))
    if (outcome === 'begun') begun.add(of);
  const wanted = name === undefined ? known : [name];
  for (const one of wanted)
    terminal.tell(begun.has(one) ? `${one} is being built anew.` : `${one} was being built already.`);
  return follow(nats, wanted, terminal, signal);
}

async function follow(
  nats: NatsConnection,
  wanted: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ProjectionStatus[]> {
  let said = '';
  const done = new Set<string>();
  for (;;) {
    const found = (await readProjections(nats)).filter(({ name }) => wanted.includes(name));
    for (const { name, rebuild } of found) {
      if (rebuild !== null || done.has(name)) continue;
      done.add(name);
      terminal.tell(`${name} is built anew, and read.`);
    }
    if (done.size === wanted.length || signal.aborted) return found;
    const text = found.flatMap(({ name, rebuild }) => (rebuild ? [`${name}: ${buildText(rebuild)}`] : []));
    if (text.join(', ') !== said) terminal.tell((said = text.join(', ')));
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
