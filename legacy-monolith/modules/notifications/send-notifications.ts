import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'sequelize';
import { isConnectionLoss } from '#platform/database/database-errors.js';
import type { ModuleContext, OrderEvent } from '../../module-context.js';
import { claimNotifications } from './claim-notifications.js';
import type { SendMessage, SendResult } from './message-sender.js';
import type { NotificationRow, NotificationTable } from './notification-table.js';
import { retryDelay } from '#platform/resilience/retry-delay.js';
import { type TemplateData, writeText } from './templates.js';

/** How each channel's messages leave the house. */
export type Senders = Record<NotificationRow['channel'], SendMessage>;

type SendingWork = ModuleContext & { notifications: NotificationTable };

/** Messages that are sent at the same time by one instance. */
const batch = 5;
/** How often, and after how many milliseconds, a result is written again while the database is away. */
const marking = { attempts: 20, pauseMs: 1_000 };

/**
 * Sends everything that is due, until the signal asks to leave the rest to others.
 * A crash between the mail server's OK and our mark sends a mail twice, when the lease has ended: SMTP offers
 * nothing against that. Both have the same Message-ID. Text messages are sent once: their provider knows the key.
 */
export async function sendNotifications(
  context: ModuleContext,
  notifications: NotificationTable,
  senders: Senders,
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted) {
    const { lease, rows } = await claimNotifications(context.database, notifications, batch);
    const results = await Promise.allSettled(
      rows.map((row) => sendOne({ ...context, notifications }, row, lease, senders)),
    );
    const lost = results.find((result) => result.status === 'rejected');
    if (lost) throw lost.reason as Error;
    if (rows.length < batch) return;
  }
}

async function sendOne(
  work: SendingWork,
  row: NotificationRow,
  lease: string,
  senders: Senders,
): Promise<void> {
  const { notificationId: id, recipient: to, channel, template, data } = row;
  const text = writeText(template, JSON.parse(data) as TemplateData);
  const sent = await senders[channel]({ id, to, ...text });
  if (sent.result !== 'sent') {
    const err = sent.result === 'failed' ? sent.cause : sent.reason;
    work.logger.warn({ err, notificationId: id, channel }, `notification ${sent.result}`);
  }
  await keepTrying(() => work.inTransaction((transaction) => mark(work, row, lease, sent, transaction)));
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

/** Writes the result down, unless the lease has ended and the message is another sender's business now. */
async function mark(
  { notifications, clock, recordEvent }: SendingWork,
  row: NotificationRow,
  lease: string,
  sent: SendResult,
  transaction: Transaction,
): Promise<void> {
  const now = clock();
  const attempts = row.attempts + 1;
  const delay = sent.result === 'failed' ? retryDelay(attempts, Math.random()) : 0;
  const [marked] = await notifications.update(
    {
      status: ({ sent: 'SENT', refused: 'FAILED', failed: 'QUEUED' } as const)[sent.result],
      attempts,
      lease: null,
      nextAttemptAt: new Date(now.getTime() + delay),
      version: row.version + 1,
      updatedAt: now,
    },
    { where: { notificationId: row.notificationId, lease }, transaction },
  );
  const event = eventOf(row, sent);
  if (marked > 0 && event) recordEvent(event, transaction);
}

function eventOf({ orderId, template, channel }: NotificationRow, sent: SendResult): OrderEvent | undefined {
  if (orderId === null || sent.result === 'failed') return undefined;
  const type = sent.result === 'sent' ? 'notification.sent' : 'notification.failed';
  return { orderId, type, detail: `${template} by ${channel}` };
}
