import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'sequelize';
import { newEvent } from '#contracts/shop/events/define-event.js';
import { notificationEvents } from '#contracts/shop/events/notification-events.js';
import { isConnectionLoss } from '#platform/database/database-errors.js';
import { dropLease, holdsLease } from '#platform/database/leases.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import type { ModuleContext, OrderEvent } from '../../module-context.js';
import { claimNotifications, leaseTable } from './claim-notifications.js';
import type { SendMessage, SendResult } from './message-sender.js';
import { type NotificationRow, type NotificationTable, toNotification } from './notification-table.js';
import { retryDelay } from '#platform/resilience/retry-delay.js';
import { type TemplateData, writeText } from './templates.js';

/** How each channel's messages leave the house. */
export type Senders = Record<NotificationRow['channel'], SendMessage>;

interface Sending extends ModuleContext {
  notifications: NotificationTable;
  senders: Senders;
  holder: string;
}

/** What was sent, once it was: it must not be sent again when its transaction is. */
interface Outcome {
  version: number;
  sent: SendResult;
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
  context: ModuleContext,
  notifications: NotificationTable,
  senders: Senders,
  channel: keyof Senders,
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted) {
    const { holder, keys, more } = await claimNotifications(context.database, channel, batch);
    const work = { ...context, notifications, senders, holder };
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
    const row = await takeUp(work, id, outcome, transaction);
    if (row) outcome ??= { version: row.version, sent: await send(work, row) };
    const ours = await dropLease(work.database, leaseTable, { key: id, holder: work.holder }, transaction);
    if (row && outcome && ours) return mark(work, row, outcome.sent, transaction);
    if (outcome?.sent.result === 'sent')
      work.logger.error({ notificationId: id }, 'a message was sent, but it is no longer ours to say so');
  };
  await keepTrying(() => work.inTransaction(attempt));
}

/** The notification, if it is still for this sender to send, or to mark once it was sent. */
async function takeUp(
  { database, notifications, holder }: Sending,
  id: string,
  outcome: Outcome | undefined,
  transaction: Transaction,
): Promise<NotificationRow | undefined> {
  const owned = await holdKeys('notifications', [id], transaction);
  if (!owned.has(id)) return undefined;
  const forMs = outcome ? 0 : longestSendMs;
  if (!(await holdsLease(database, leaseTable, { key: id, holder, forMs }, transaction))) return undefined;
  const row = await notifications.findByPk(id, { transaction });
  const unchanged = outcome === undefined || row?.version === outcome.version;
  return row?.status === 'QUEUED' && unchanged ? row : undefined;
}

async function send({ senders, logger }: Sending, row: NotificationRow): Promise<SendResult> {
  const { notificationId: id, recipient: to, channel, template, data } = row;
  const text = writeText(template, JSON.parse(data) as TemplateData);
  const sent = await senders[channel]({ id, to, ...text });
  if (sent.result !== 'sent') {
    const err = sent.result === 'failed' ? sent.cause : sent.reason;
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

async function mark(
  { clock, recordEvent, say }: Sending,
  row: NotificationRow,
  sent: SendResult,
  transaction: Transaction,
): Promise<void> {
  const now = clock();
  const attempts = row.attempts + 1;
  const delay = sent.result === 'failed' ? retryDelay(attempts, Math.random()) : 0;
  await row.update(
    {
      status: ({ sent: 'SENT', refused: 'FAILED', failed: 'QUEUED' } as const)[sent.result],
      attempts,
      nextAttemptAt: new Date(now.getTime() + delay),
      version: row.version + 1,
      updatedAt: now,
    },
    { transaction },
  );
  if (sent.result !== 'failed') {
    const ended = sent.result === 'sent' ? notificationEvents.sent : notificationEvents.failed;
    const told = newEvent(ended, row.notificationId, { notification: toNotification(row) });
    await say([told], transaction);
  }
  const event = eventOf(row, sent);
  if (event) recordEvent(event, transaction);
}

function eventOf({ orderId, template, channel }: NotificationRow, sent: SendResult): OrderEvent | undefined {
  if (orderId === null || sent.result === 'failed') return undefined;
  const type = sent.result === 'sent' ? 'notification.sent' : 'notification.failed';
  return { orderId, type, detail: `${template} by ${channel}` };
}
