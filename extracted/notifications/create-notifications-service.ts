import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize, Transaction } from 'sequelize';
import { requestServers } from '#contracts/shop/request-servers.js';
import { toAppError } from '#platform/database/database-errors.js';
import { forgetOldKeys } from '#platform/database/forget-old-keys.js';
import type { Guarded } from '#platform/database/guarded.js';
import { rememberAnswers } from '#platform/database/idempotency.js';
import { forgetEndedLeases } from '#platform/database/leases.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import type { RequestServer } from '#platform/messaging/serve-requests.js';
import { holdKey, holdKeys } from '#platform/ownership/guard-keys.js';
import { AwaitedReplies } from '#platform/mail/awaited-replies.js';
import { recordEvents, type SayEvents } from '#platform/outbox/record-events.js';
import { guardWrites } from '#platform/ownership/guard-writes.js';
import { reportOwnersOf } from '#platform/ownership/report-owners.js';
import { repeatTask, type RepeatedTask } from '#platform/resilience/repeat-task.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { notificationsIn } from './adapters/notification-table.js';
import { leaseTable, queueIn } from './adapters/queue-in-table.js';
import { notificationRoutes } from './http/notification-routes.js';
import { notificationRequestRoutes } from './requests/notification-request-routes.js';
import type { Senders } from './use-cases/message-sender.js';
import { type QueueNotification, queueNotification } from './use-cases/queue-notification.js';
import { sendNotifications, type SendingWork } from './use-cases/send-notifications.js';

export interface NotificationsServiceOptions {
  database: Sequelize;
  logger: Logger;
  senders: Senders;
  registry?: Registry;
  /** What gateways sign the ids with that they assign. */
  signingKey?: string | undefined;
  clock?: () => Date;
}

export interface NotificationsService {
  app: Express;
  /** What is answered over NATS. */
  requests: RequestServer;
  /** Sends what is queued, and forgets what is old, between requests. */
  work: readonly RepeatedTask[];
  /** Ends that work, and waits for no answer of a mail server any more. */
  stopWork(): Promise<void>;
}

const capability = 'notifications';
/** How often the sender looks for what other instances have queued or left, in milliseconds. */
const pollMs = 1_000;
const forgetPauseMs = 60_000;

/** Wires the notifications service on its own schema. */
export function createNotificationsService(options: NotificationsServiceOptions): NotificationsService {
  const { database, logger, registry, signingKey, clock = () => new Date() } = options;
  const notifications = notificationsIn(database);
  const say: SayEvents<Guarded<'notifications'>> = (events, transaction) =>
    recordEvents(database, events, clock(), transaction);
  const sending = sendingWork(options, clock, say);
  // One line for each: a server that is slow holds up nothing that leaves the house by another way.
  const senders = (['email', 'sms'] as const).map((channel) =>
    repeatTask(`send ${channel}`, pollMs, (ending) => sendNotifications(sending, channel, ending), logger),
  );
  const queue: QueueNotification<Guarded<'notifications'>> = async (notificationId, wanted, transaction) => {
    const queued = await queueNotification(
      { notifications, clock, say },
      notificationId,
      wanted,
      transaction,
    );
    transaction.afterCommit(() => senders.forEach((sender) => sender.nudge()));
    return queued;
  };
  const explain = (error: unknown) => toAppError('Notifications service', error);
  const runWrite = rememberAnswers(guardWrites(database, capability));
  const app = createHttpApp({
    logger,
    routes: notificationRoutes({ notifications, queue, runWrite }),
    ready: async () => void (await database.query('SELECT 1')),
    explain,
    reportOwners: reportOwnersOf(database, { side: 'service', owned: [capability] }),
    ...(registry ? { registry } : {}),
    signingKey,
  });
  const requests = {
    name: requestServers.notifications,
    description: 'What customers are told of their orders',
    routes: notificationRequestRoutes(database, queue, notifications),
    ...{ explain, logger },
  };
  const forgetting = repeatTask('forget what is old', forgetPauseMs, () => forget(database), logger);
  const work = [...senders, forgetting];
  const stopWork = async () => {
    await Promise.all(work.map((task) => task.stop()));
    await sending.replies.stop();
  };
  return { app, requests, work, stopWork };
}

function sendingWork(
  { database, logger, senders }: NotificationsServiceOptions,
  clock: () => Date,
  say: SayEvents<Guarded<'notifications'>>,
): SendingWork<Transaction, Guarded<'notifications'>> {
  return {
    notifications: notificationsIn(database),
    queue: queueIn(database),
    ...{ senders, clock, say, logger, replies: new AwaitedReplies() },
    random: Math.random,
    pause: (milliseconds) => sleep(milliseconds),
    guarded: (id, work) =>
      runTransaction(database, async (transaction) => {
        await work(transaction, await holdKey(capability, id, transaction));
      }),
  };
}

async function forget(database: Sequelize): Promise<void> {
  await forgetOldKeys(database, capability, (keys, transaction) => holdKeys(capability, keys, transaction));
  await forgetEndedLeases(database, leaseTable);
}
