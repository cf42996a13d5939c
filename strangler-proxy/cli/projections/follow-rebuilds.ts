import { setTimeout as sleep } from 'node:timers/promises';
import type { ProjectionStatus } from '#contracts/strangler/projections.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { notConfirmed, notReachable } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import { buildText } from './projection-text.js';
import { readProjections } from './read-projections.js';

/** A build that was asked for. */
export interface Rebuild {
  name: string;
  /** When what was read before was complete: a build that is done has a later time. */
  builtBefore: string | null;
  /** Somebody has said that it is under way. */
  begun: boolean;
}

const lookEveryMs = 500;
/** How long nothing may be seen of a build that nobody has said to have begun, in milliseconds. */
const unansweredMs = 5_000;
/** The same of one that has begun: a service that was killed is back within this time. */
const silenceMs = 20_000;

const list = '"npx strangler projections list" shows how it stands.';

/**
 * Follows builds until the time of each says that it is done.
 * @param signal aborted by Ctrl-C: what was begun goes on without us
 * @returns the projections as they are then
 * @throws AppError `not_reachable` when one was never seen to begin; `not_confirmed` when nobody tells of one any more, or
 * nobody waits for it
 */
export async function followRebuilds(
  nats: NatsConnection,
  rebuilds: readonly Rebuild[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ProjectionStatus[]> {
  const done = new Map<string, ProjectionStatus>();
  const open = new Map(rebuilds.map((rebuild) => [rebuild.name, { ...rebuild, seenAt: performance.now() }]));
  let said = '';
  for (;;) {
    const found = await readProjections(nats);
    for (const status of found) {
      const rebuild = open.get(status.name);
      if (rebuild === undefined) continue;
      if (status.rebuild !== null) Object.assign(rebuild, { begun: true, seenAt: performance.now() });
      else if (status.builtAt !== rebuild.builtBefore) {
        open.delete(status.name);
        done.set(status.name, status);
        terminal.tell(`${status.name} is built anew, and read.`);
      }
    }
    if (open.size === 0) return rebuilds.flatMap(({ name }) => done.get(name) ?? []);
    if (signal.aborted) throw notConfirmed(leftAlone([...open.values()]));
    for (const rebuild of open.values()) refuseSilence(rebuild);
    const text = found.flatMap(({ name, rebuild }) =>
      rebuild && open.has(name) ? [`${name}: ${buildText(rebuild)}`] : [],
    );
    if (text.join(', ') !== said) terminal.tell((said = text.join(', ')));
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

function leftAlone(open: readonly Rebuild[]): string {
  const [begun, unknown] = [open.filter((one) => one.begun), open.filter((one) => !one.begun)];
  const names = (some: readonly Rebuild[]): string => some.map(({ name }) => name).join(', ');
  return [
    ...(begun.length > 0 ? [`Not done yet: ${names(begun)}. It goes on by itself;`] : []),
    ...(unknown.length > 0 ? [`Nobody has said whether a build of ${names(unknown)} was begun;`] : []),
    list,
  ].join(' ');
}

/** @throws AppError for a build of which nothing has been seen for too long */
function refuseSilence({ name, begun, seenAt }: Rebuild & { seenAt: number }): void {
  if (performance.now() - seenAt < (begun ? silenceMs : unansweredMs)) return;
  if (!begun)
    throw notReachable(
      `Nobody has answered whether a build of ${name} was begun, and there is none to be seen: it may begin still. ` +
        `Look at the log of its program, and ask again; ${list}`,
    );
  throw notConfirmed(
    `A build of ${name} was begun, and nobody tells of it any more: it goes on when its program runs; ${list}`,
  );
}
