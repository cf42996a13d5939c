import { newEvent } from '#contracts/shop/events/define-event.js';
import type { Notification } from '#contracts/shop/notifications.js';
import { notificationEvents } from '#contracts/shop/events/notification-events.js';
import { isConnectionLoss } from '#platform/database/database-errors.js';
import type { SayEvents } from '#platform/outbox/record-events.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { attempted, countAttempt, type QueuedNotification, toNotification } from '../domain/notification.js';
import type { AwaitedReplies } from '#platform/mail/awaited-replies.js';
import {
  longestWaitMs,
  pauseAfterUnanswered,
  type SendResult,
  type WaitingReply,
} from '#platform/mail/send-message.js';
import { retryDelay } from '#platform/resilience/retry-delay.js';
import { writeText } from '../domain/templates.js';
import type { Senders } from './message-sender.js';
import type { Notifications, Queue } from './notifications.js';

/**
 * What sending works with.
 * @typeParam Begun a transaction, whoever owns what it is about
 * @typeParam Held the same where it holds the notification's ownership
 */
export interface SendingWork<Begun, Held extends Begun> {
  notifications: Notifications<Held>;
  queue: Queue<Begun>;
  senders: Senders;
  /** Answers that take their time. */
  replies: AwaitedReplies;
  clock: () => Date;
  random: () => number;
  pause: (milliseconds: number) => Promise<void>;
  /** Runs work in a transaction that first tries to hold the notification's ownership, again after a deadlock. */
  guarded: (id: string, work: (transaction: Begun, held: Held | undefined) => Promise<void>) => Promise<void>;
  say: SayEvents<Held>;
  logger: Logger;
}

/** What was sent, once it was: it must not be sent again when its transaction is. */
interface Outcome {
  version: number;
  sent: SendResult | WaitingReply;
}

/** Messages that are sent at the same time by one instance. */
const batch = 5;
/** How often, and after how many milliseconds, a result is written again while the database is away. */
const marking = { attempts: 20, pauseMs: 1_000 };

/**
 * Sends everything of one channel that is due, until the signal asks to leave the rest to others.
 * A crash between the mail server's OK and our mark sends a mail twice, when the lease has ended: SMTP offers
 * nothing against that. Both have the same Message-ID. Text messages are sent once: their provider knows the key.
 */
export async function sendNotifications<Begun, Held extends Begun>(
  work: SendingWork<Begun, Held>,
  channel: Notification['channel'],
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted && !work.replies.isFull()) {
    const { holder, ids, more } = await work.queue.claim(channel, batch);
    const results = await Promise.allSettled([...ids].map((id) => sendOne(work, id, holder)));
    const lost = results.find((result) => result.status === 'rejected');
    if (lost) throw lost.reason as Error;
    if (!more) return;
  }
}

/**
 * Sends and marks in one transaction that holds the ownership: a hand-over waits for a message that is on its way, and
 * the next owner finds it either marked or never begun.
 */
async function sendOne<Begun, Held extends Begun>(
  work: SendingWork<Begun, Held>,
  id: string,
  holder: string,
): Promise<void> {
  let outcome: Outcome | undefined;
  const attempt = async (transaction: Begun, held: Held | undefined): Promise<void> => {
    const notification = held && (await takeUp(work, id, holder, outcome, held));
    if (notification) outcome ??= { version: notification.version, sent: await send(work, notification) };
    const ours = await leave(work, id, holder, outcome, transaction);
    if (held && notification && outcome && ours) {
      const counted = countAttempt(notification, outcome.sent.result);
      return mark(work, counted, outcome.sent, held);
    }
    if (outcome?.sent.result === 'sent') {
      work.logger.error({ notificationId: id }, 'a message was sent, but it is no longer ours to say so');
    }
  };
  await keepTrying(work, () => work.guarded(id, attempt));
  if (outcome?.sent.result !== 'waiting') return;
  const { version, sent } = outcome;
  work.replies.add(sent, (reply) => endWaiting(work, id, holder, { version: version + 1, sent: reply }));
}

/** Gives the lease back, but for a message whose answer is waited for: nobody else sends it meanwhile. */
function leave<Begun, Held extends Begun>(
  { queue }: SendingWork<Begun, Held>,
  id: string,
  holder: string,
  outcome: Outcome | undefined,
  transaction: Begun,
): Promise<boolean> {
  return outcome?.sent.result === 'waiting'
    ? queue.keepWaiting(id, holder, transaction)
    : queue.giveBack(id, holder, transaction);
}

/**
 * Writes down the answer that a message was waiting for. Its attempt is counted already. Where the bucket has gone, or
 * this fails, the message is due again when the time for its answer is over.
 */
async function endWaiting<Begun, Held extends Begun>(
  work: SendingWork<Begun, Held>,
  id: string,
  holder: string,
  outcome: Outcome,
): Promise<void> {
  const end = async (transaction: Begun, held: Held | undefined): Promise<void> => {
    const notification = held && (await takeUp(work, id, holder, outcome, held));
    await work.queue.giveBack(id, holder, transaction);
    if (held && notification) return mark(work, notification, outcome.sent, held);
    work.logger.warn(
      { notificationId: id, result: outcome.sent.result },
      'a late answer came for what is not ours',
    );
  };
  await keepTrying(work, () => work.guarded(id, end)).catch((error: unknown) =>
    work.logger.error({ err: error, notificationId: id }, 'a late answer could not be written down'),
  );
}

/** The notification, if it is still for this sender to send, or to mark once it was sent. */
async function takeUp<Begun, Held extends Begun>(
  { notifications, queue }: SendingWork<Begun, Held>,
  id: string,
  holder: string,
  outcome: Outcome | undefined,
  transaction: Held,
): Promise<QueuedNotification | undefined> {
  if (!(await queue.holds(id, holder, outcome === undefined, transaction))) return undefined;
  const notification = await notifications.find(id, transaction);
  const unchanged = outcome === undefined || notification?.version === outcome.version;
  return notification?.outcome === null && unchanged ? notification : undefined;
}

async function send<Begun, Held extends Begun>(
  { senders, logger }: SendingWork<Begun, Held>,
  { notificationId: id, recipient: to, channel, template, data }: QueuedNotification,
): Promise<SendResult | WaitingReply> {
  const sent = await senders[channel]({ id, to, ...writeText(template, data) });
  if (sent.result !== 'sent') {
    const err = 'cause' in sent ? sent.cause : 'reason' in sent ? sent.reason : undefined;
    logger.warn({ err, notificationId: id, channel }, `notification ${sent.result}`);
  }
  return sent;
}

/** A result that is not written down is a message that is sent twice: a database that is away for a moment is waited for. */
async function keepTrying<Begun, Held extends Begun>(
  { pause }: SendingWork<Begun, Held>,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLoss(error) || attempt === marking.attempts) throw error;
      await pause(marking.pauseMs);
    }
  }
}

/** How long until the next attempt, in milliseconds; undefined if there is none. */
function pauseAfter(
  { attempts, unanswered }: QueuedNotification,
  result: Outcome['sent']['result'],
  random: number,
): number | undefined {
  if (result === 'failed') return retryDelay(attempts, random);
  if (result === 'waiting') return longestWaitMs;
  return result === 'unanswered' ? pauseAfterUnanswered(unanswered) : undefined;
}

async function mark<Begun, Held extends Begun>(
  { notifications, clock, random, say }: SendingWork<Begun, Held>,
  notification: QueuedNotification,
  { result }: SendResult | WaitingReply,
  transaction: Held,
): Promise<void> {
  const next = attempted(notification, result, clock(), pauseAfter(notification, result, random()));
  await notifications.save(next, transaction);
  if (next.outcome === null) return;
  const definition = next.outcome === 'SENT' ? notificationEvents.sent : notificationEvents.failed;
  const event = newEvent(definition, next.notificationId, { notification: toNotification(next) });
  await say([event], transaction);
}
