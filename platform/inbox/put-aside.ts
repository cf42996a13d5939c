import {
  type DeadLetter,
  deadLetterStream,
  deadLetterSubject,
  deadLetterSubjects,
} from '#contracts/strangler/dead-letter.js';
import { deadLetterLimits } from '#contracts/strangler/retention.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { isLogFull } from '#platform/messaging/log-size.js';
import { ensureLog, openLog, storeEntry } from '#platform/messaging/ordered-log.js';
import type { ConsumerWork } from './consumer.js';
import type { Unhandled } from './handle-event.js';
import { isKnown, notePutAside, type Place, savePlace } from './inbox.js';

/**
 * Puts an event aside, so that the next can be handled. The letter is stored before the event is noted: after a crash in
 * between there are two letters, never none.
 * @param event as it stood in the stream
 * @throws when there is no room for another letter: the event is to be handled again until there is
 */
export async function putAside(
  { database, consumer: { name } }: ConsumerWork,
  nats: NatsConnection,
  event: unknown,
  place: Place,
  { reason, tries }: Unhandled,
): Promise<void> {
  const { eventId } = place;
  // Known already, where the stream is read again: there is a letter of it.
  if (await isKnown(database, name, eventId)) return savePlace(database, name, place);
  const putAsideAt = new Date().toISOString();
  const letter: DeadLetter = { consumer: name, eventId, event, reason, tries, putAsideAt };
  const log = await openLog(nats, deadLetterStream, deadLetterSubjects);
  await ensureLog(log, deadLetterLimits);
  const data = Buffer.from(JSON.stringify(letter));
  await storeEntry(log, deadLetterSubject(name), data, `${name}:${eventId}`).catch((error: unknown) => {
    throw isLogFull(error) ? noRoom(name, eventId, reason, error) : error;
  });
  await runTransaction(database, async (transaction) => {
    await notePutAside(database, name, eventId, reason, transaction);
    await savePlace(database, name, place, transaction);
  });
}

function noRoom(consumer: string, eventId: string, reason: string, cause: unknown): Error {
  return new Error(
    `${consumer} stands still at the event ${eventId}: it can't be handled (${reason}), and ${deadLetterStream} is full, ` +
      'so that it can not be put aside either. Replay dead letters ("strangler dead-letters replay") to make room',
    { cause },
  );
}
