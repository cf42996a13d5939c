import type { OpenWork } from '#contracts/strangler/move.js';

/** While orders are placed, tasks come and go; one that is older than so many seconds waits for something. */
const waitsAfter = 10;

/**
 * What the monolith has still to do for orders, of some kinds of tasks. Payments that are just being charged and messages
 * that wait to be sent are no work of the monolith's once the service owns them.
 */
export function tasksLeftUndone(about: string, kinds: readonly string[]): OpenWork {
  const list = kinds.map((kind) => `'${kind}'`).join(', ');
  return {
    what: `tasks about ${about} (order_tasks)`,
    sql: `SELECT COUNT(*) AS count FROM order_tasks
          WHERE kind IN (${list}) AND created_at < UTC_TIMESTAMP(3) - INTERVAL ${waitsAfter} SECOND`,
  };
}
