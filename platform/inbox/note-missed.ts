import type { Counter } from 'prom-client';
import { eventStream } from '#contracts/strangler/domain-event.js';
import type { LogEntry } from '#platform/messaging/ordered-log.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { ConsumerWork } from './consumer.js';
import { savePlace } from './inbox.js';

/** What stands at the place of an event that nobody has seen. */
const unseen = 'dropped';

/**
 * Says that the stream has dropped events before a consumer saw them, and has the consumer repair what it lacks. The place is
 * noted last: after a crash all of it happens again.
 * @param next sequence of the oldest event that is left
 */
export async function noteMissed(
  {
    work: { database, consumer },
    logCreatedAt,
    logger,
    counter,
  }: { work: ConsumerWork; logCreatedAt: string; logger: Logger; counter: Counter<'consumer'> | undefined },
  events: number,
  next: number,
): Promise<void> {
  const { name } = consumer;
  counter?.inc({ consumer: name }, events);
  const then = consumer.onMissed ? 'what it keeps is built anew' : 'look at what it lacks';
  logger.error(
    { consumer: name, events },
    `${eventStream} has dropped events that ${name} had not seen: ${then}`,
  );
  await consumer.onMissed?.(events);
  await savePlace(database, name, { logSequence: next - 1, logCreatedAt, eventId: unseen });
}

/** Entries that follow each other without a gap. */
interface Run {
  /** How many are missing before it. */
  missed: number;
  /** Sequence of its first entry. */
  first: number;
  entries: LogEntry[];
}

/**
 * Cuts what was read where the stream had dropped something: what stands before a gap is handled before the gap is noted.
 * @param next sequence that the first entry should have
 */
export function splitAtGaps(entries: readonly LogEntry[], next: number): Run[] {
  const runs: Run[] = [];
  let expected = next;
  for (const entry of entries) {
    const run = runs.at(-1);
    if (run && entry.sequence === expected) run.entries.push(entry);
    else runs.push({ missed: entry.sequence - expected, first: entry.sequence, entries: [entry] });
    expected = entry.sequence + 1;
  }
  return runs;
}
