import type { QueryInterface } from 'sequelize';

export const name = '0023-order-tasks';

/** What is still to be done for orders at the services was about stock alone; now it is about payments and messages, too. */
export async function up(schema: QueryInterface): Promise<void> {
  await schema.renameTable('stock_tasks', 'order_tasks');
  await schema.sequelize.query(
    'ALTER TABLE order_tasks CHANGE COLUMN items detail MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL',
  );
  // So far the number of the task was that of its attempt; what is decided for good comes after every attempt.
  await schema.sequelize.query(
    `UPDATE order_tasks SET detail =
       CONCAT('{"items":', detail, ',"attempt":', IF(kind = 'undo', task_id, ${Number.MAX_SAFE_INTEGER}), '}')`,
  );
}
