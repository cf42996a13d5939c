import { mapColumns, mapped, same } from '#contracts/strangler/map-columns.js';
import type { Move, MoveTable, Row } from '#contracts/strangler/move.js';
import { tasksLeftUndone } from './order-tasks.js';
import { idempotencyRecords } from './idempotency-records.js';

/**
 * The monolith keeps one time for both, when a message is tried next and when it was over; the service keeps two, of
 * which always one is there.
 */
const messages: MoveTable = {
  monolith: { table: 'notifications', key: ['notification_id'], ownedBy: 'notification_id' },
  service: { table: 'notifications', key: ['notification_id'], ownedBy: 'notification_id' },
  ...mapColumns(
    same('notification_id', 'channel', 'recipient', 'template', 'data', 'order_id', 'attempts', 'version'),
    same('unanswered', 'created_at', 'updated_at'),
    mapped(['status', 'next_attempt_at'], ['outcome', 'due_at', 'ended_at'], {
      toService: ({ status, next_attempt_at }) =>
        (status === 'QUEUED'
          ? { outcome: null, due_at: next_attempt_at, ended_at: null }
          : { outcome: status, due_at: null, ended_at: next_attempt_at }) as Row,
      toMonolith: ({ outcome, due_at, ended_at }) =>
        ({ status: outcome ?? 'QUEUED', next_attempt_at: due_at ?? ended_at }) as Row,
    }),
  ),
};

/**
 * Who sends a message just now (`notification_leases`) stays behind: a message is sent under the guard of its side, so
 * when its bucket goes, nobody is sending it any more.
 */
export const notifications: Move = {
  capability: 'notifications',
  tables: [messages, idempotencyRecords('notifications')],
  leftBehind: {
    tables: ['notification_leases'],
    openWork: [tasksLeftUndone('messages of orders', ['tell'])],
  },
};
