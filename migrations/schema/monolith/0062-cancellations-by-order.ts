import type { QueryInterface } from 'sequelize';

export const name = '0062-cancellations-by-order';
export const capability = 'orders';

/** In an outage of the payment provider there are many, and each that is taken up again is looked for by its order. */
export async function up(schema: QueryInterface): Promise<void> {
  await schema.addIndex('order_cancellations', ['order_id']);
}
