import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'sequelize';
import { newEvent } from '#contracts/shop/events/define-event.js';
import { notificationEvents } from '#contracts/shop/events/notification-events.js';
import { isConnectionLoss } from '#platform/database/database-errors.js';
import type { Guarded } from '#platform/database/guarded.js';
import { dropLease, holdsLease, renewLease } from '#platform/database/leases.js';
import { holdKey } from '#platform/ownership/guard-keys.js';
import type { ModuleContext, OrderEvent } from '../../context/module-context.js';
import { claimNotifications, leaseTable } from './claim-notifications.js';
import { type NotificationRow, type NotificationTable, toNotification } from './notification-table.js';
import type { AwaitedReplies } from '#platform/mail/awaited-replies.js';
import {
  longestWaitMs,
  pauseAfterUnanswered,
  type SendMessage,
  type SendResult,
  type WaitingReply,
} from '#platform/mail/send-message.js';
import { retryDelay } from '#platform/resilience/retry-delay.js';
import { type TemplateData, writeText } from './templates.js';

/** How each channel's messages leave the house. */
export type Senders = Record<NotificationRow['channel'], SendMessage>;

/** What sending works with. */
export interface SendingWork extends Omit<ModuleContext, 'runWrite'> {
  notifications: NotificationTable;
  senders: Senders;
  /** Answers that take their time. */
  replies: AwaitedReplies;
}

interface Sending extends SendingWork {
  holder: string;
}

/** What was sent, once it was: it must not be sent again when its transaction is. */
interface Outcome {
  version: number;
  sent: SendResult | WaitingReply;
}

/** A notification that this side owns, and the transaction that holds it. */
interface TakenUp {
  row: NotificationRow;
  held: Guarded<'notifications'>;
}

/** Messages that are sent at the same time by one instance. */
const batch = 5;
/** Longest time that one sending takes, with a margin, in milliseconds: what is begun ends within its lease. */
const longestSendMs = 30_000;
/** How often, and after how many milliseconds, a result is written again while the database is away. */
const marking = { attempts: 20, pauseMs: 1_000 };

/**
 * Sends everything of one channel that is due, until the signal asks to leave the rest to others.
 * A crash between the mail server's OK and our mark sends a mail twice, when the lease has ended: SMTP offers
 * nothing against that. Both have the same Message-ID. Text messages are sent once: their provider knows the key.
 */
export async function sendNotifications(
  context: SendingWork,
  channel: keyof Senders,
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted && !context.replies.isFull()) {
    const { holder, keys, more } = await claimNotifications(context.database, channel, batch);
    const work = { ...context, holder };
    const results = await Promise.allSettled([...keys].map((id) => sendOne(work, id)));
    const lost = results.find((result) => result.status === 'rejected');
    if (lost) throw lost.reason as Error;
    if (!more) return;
  }
}

/**
 * Sends and marks in one transaction that holds the ownership: a hand-over waits for a message that is on its way, and
 * the next owner finds it either marked or never begun.
 */
async function sendOne(work: Sending, id: string): Promise<void> {
  let outcome: Outcome | undefined;
  const attempt = async (transaction: Transaction): Promise<void> => {
    const taken = await takeUp(work, id, outcome, transaction);
    if (taken) outcome ??= { version: taken.row.version, sent: await send(work, taken.row) };
    const ours = await leave(work, id, outcome, transaction);
    if (taken && outcome && ours) return mark(work, taken, outcome.sent, true);
    if (outcome?.sent.result === 'sent')
      work.logger.error({ notificationId: id }, 'a message was sent, but it is no longer ours to say so');
  };
  await keepTrying(() => work.inTransaction(attempt));
  if (outcome?.sent.result !== 'waiting') return;
  const { version, sent } = outcome;
  work.replies.add(sent, (reply) => endWaiting(work, id, { version: version + 1, sent: reply }));
}

/** Gives the lease back, but for a message whose answer is waited for: nobody else sends it meanwhile. */
function leave(
  { database, holder }: Sending,
  key: string,
  outcome: Outcome | undefined,
  transaction: Transaction,
): Promise<boolean> {
  return outcome?.sent.result === 'waiting'
    ? renewLease(database, leaseTable, { key, holder, forMs: longestWaitMs }, transaction)
    : dropLease(database, leaseTable, { key, holder }, transaction);
}

/**
 * Writes down the answer that a message was waiting for. Its attempt is counted already. Where the bucket has gone, or
 * this fails, the message is due again when the time for its answer is over.
 */
async function endWaiting(work: Sending, id: string, outcome: Outcome): Promise<void> {
  const end = async (transaction: Transaction): Promise<void> => {
    const taken = await takeUp(work, id, outcome, transaction);
    await dropLease(work.database, leaseTable, { key: id, holder: work.holder }, transaction);
    if (taken) return mark(work, taken, outcome.sent, false);
    work.logger.warn(
      { notificationId: id, result: outcome.sent.result },
      'a late answer came for what is not ours',
    );
  };
  await keepTrying(() => work.inTransaction(end)).catch((error: unknown) =>
    work.logger.error({ err: error, notificationId: id }, 'a late answer could not be written down'),
  );
}

/** The notification, if it is still for this sender to send, or to mark once it was sent. */
async function takeUp(
  { database, notifications, holder }: Sending,
  id: string,
  outcome: Outcome | undefined,
  transaction: Transaction,
): Promise<TakenUp | undefined> {
  const held = await holdKey('notifications', id, transaction);
  if (!held) return undefined;
  const forMs = outcome ? 0 : longestSendMs;
  if (!(await holdsLease(database, leaseTable, { key: id, holder, forMs }, transaction))) return undefined;
  const row = await notifications.findByPk(id, { transaction });
  const unchanged = outcome === undefined || row?.version === outcome.version;
  return row?.status === 'QUEUED' && unchanged ? { row, held } : undefined;
}

async function send({ senders, logger }: Sending, row: NotificationRow): Promise<SendResult | WaitingReply> {
  const { notificationId: id, recipient: to, channel, template, data } = row;
  const text = writeText(template, JSON.parse(data) as TemplateData);
  const sent = await senders[channel]({ id, to, ...text });
  if (sent.result !== 'sent') {
    const err = 'cause' in sent ? sent.cause : 'reason' in sent ? sent.reason : undefined;
    logger.warn({ err, notificationId: id, channel }, `notification ${sent.result}`);
  }
  return sent;
}

/** A result that is not written down is a message that is sent twice: a database that is away for a moment is waited for. */
async function keepTrying(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLoss(error) || attempt === marking.attempts) throw error;
      await sleep(marking.pauseMs);
    }
  }
}

/** How long until the next attempt, in milliseconds; undefined if there is none. */
function pauseAfter(
  result: Outcome['sent']['result'],
  { attempts, unanswered }: { attempts: number; unanswered: number },
): number | undefined {
  if (result === 'failed') return retryDelay(attempts, Math.random());
  if (result === 'waiting') return longestWaitMs;
  return result === 'unanswered' ? pauseAfterUnanswered(unanswered) : undefined;
}

/** @param isNew is this an attempt that was not counted before? */
async function mark(
  { clock, recordEvent, say }: Sending,
  { row, held: transaction }: TakenUp,
  sent: SendResult | WaitingReply,
  isNew: boolean,
): Promise<void> {
  const now = clock();
  const open = isNew && (sent.result === 'waiting' || sent.result === 'unanswered');
  const counts = {
    attempts: row.attempts + (isNew ? 1 : 0),
    unanswered: row.unanswered + (open ? 1 : 0),
  };
  const pause = pauseAfter(sent.result, counts);
  const ended = sent.result === 'sent' ? 'SENT' : 'FAILED';
  await row.update(
    {
      ...counts,
      status: pause === undefined ? ended : 'QUEUED',
      nextAttemptAt: new Date(now.getTime() + (pause ?? 0)),
      version: row.version + 1,
      updatedAt: now,
    },
    { transaction },
  );
  if (pause === undefined) {
    const event = ended === 'SENT' ? notificationEvents.sent : notificationEvents.failed;
    const told = newEvent(event, row.notificationId, { notification: toNotification(row) });
    await say([told], transaction);
  }
  const event = pause === undefined ? eventOf(row) : undefined;
  if (event) recordEvent(event, transaction);
}

function eventOf({ orderId, template, channel, status }: NotificationRow): OrderEvent | undefined {
  if (orderId === null) return undefined;
  const type = status === 'SENT' ? 'notification.sent' : 'notification.failed';
  return { orderId, type, detail: `${template} by ${channel}` };
}
