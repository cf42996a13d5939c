import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainEvent, domainEventSchema } from '#contracts/strangler/domain-event.js';
import type { ReplayAnswer, ReplayRequest } from '#contracts/strangler/dead-letter.js';
import { isConnectionLoss, isLocked, takesNoWrites } from '#platform/database/database-errors.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { ConsumerWork } from './consumer.js';
import { noteAllHandled, noteHandled, type Place, savePlace, takeUpAgain } from './inbox.js';

/** An event that could not be handled, however often it was tried. */
export interface Unhandled {
  reason: string;
  tries: number;
}

/**
 * Handles an event once, together with the place where it stands.
 * @returns undefined, or why it could not be handled
 * @throws when the database is away, or the signal has ended it: then it is to be handled later
 */
export async function handleEvent(
  work: ConsumerWork,
  event: DomainEvent,
  place: Place,
  signal: AbortSignal,
): Promise<Unhandled | undefined> {
  const { database, consumer, tries, firstPauseMs } = work;
  for (let tried = 1; ; tried += 1) {
    try {
      await runTransaction(database, async (transaction) => {
        const isNew = await noteHandled(database, consumer.name, event.eventId, transaction);
        if (isNew || consumer.handleTogether) await consumer.handle(event, transaction);
        await savePlace(database, consumer.name, place, transaction);
      });
      return undefined;
    } catch (error) {
      if (isOfTheDatabase(error)) throw error;
      if (tried >= tries) return { reason: messageOf(error), tries: tried };
      await sleep(firstPauseMs * 2 ** (tried - 1), undefined, { signal });
    }
  }
}

/**
 * Handles events together, in one transaction, by a consumer that can.
 * @param place of the last entry that was read with them
 * @returns false where that has failed, and has done nothing: then each is to be handled by itself, which tells which it is
 * @throws when the database is away: then they are to be handled later
 */
export async function handleTogether(
  { database, consumer }: ConsumerWork,
  events: readonly DomainEvent[],
  place: Place,
): Promise<boolean> {
  const eventIds = events.map(({ eventId }) => eventId);
  try {
    await runTransaction(database, async (transaction) => {
      await noteAllHandled(database, consumer.name, eventIds, transaction);
      await consumer.handleTogether?.(events, transaction);
      await savePlace(database, consumer.name, place, transaction);
    });
    return true;
  } catch (error) {
    if (isOfTheDatabase(error)) throw error;
    return false;
  }
}

/** Handles an event again that was put aside; tried once. */
export async function handleAgain(
  { database, consumer }: ConsumerWork,
  { eventId, event }: ReplayRequest,
): Promise<ReplayAnswer> {
  const parsed = domainEventSchema.safeParse(event);
  if (!parsed.success) return { outcome: 'failed', reason: 'it is no event' };
  try {
    return await runTransaction(database, async (transaction) => {
      if (!(await takeUpAgain(database, consumer.name, eventId, transaction))) return { outcome: 'known' };
      await consumer.handle(parsed.data, transaction);
      return { outcome: 'handled' };
    });
  } catch (error) {
    return { outcome: 'failed', reason: messageOf(error) };
  }
}

/** Nothing is wrong with the event: it is handled once the database takes it. */
function isOfTheDatabase(error: unknown): boolean {
  return isConnectionLoss(error) || isLocked(error) || takesNoWrites(error);
}
