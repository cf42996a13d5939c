import { QueryTypes, type Sequelize } from 'sequelize';
import { shopEvents } from '#contracts/shop/events/index.js';

/** An event as one side has said it, apart from when, and under which number. */
export interface SaidEvent {
  type: string;
  key: string;
  data: unknown;
}

/** Numbers attempts by its own clock, or not at all: both only have to tell one from the next. */
const ownNumbers = ['attempt'];
/** Both sides do everything at their own time, and choose ids of what no client's key names. */
const time = /\d{4}-\d\d-\d\dT[\d:.]{12}Z/g;

/**
 * What a side has said of a capability, each event checked against what is published of it, field by field: one that
 * says more or less than that is a mistake.
 */
export async function saidEvents(database: Sequelize, capability: string): Promise<SaidEvent[]> {
  const rows = await database.query<{ type: string; key: string; data: string }>(
    `SELECT type, event_key AS \`key\`, data FROM ${capability}_outbox ORDER BY sequence`,
    { type: QueryTypes.SELECT },
  );
  return rows.map(({ type, key, data }) => {
    const said: unknown = JSON.parse(data);
    const published = shopEvents.find((event) => event.type === type)?.data.parse(said);
    if (JSON.stringify(published) !== data) throw new Error(`${type} of ${key} is not as published: ${data}`);
    return { type, key, data: comparable(data) };
  });
}

function comparable(data: string): unknown {
  return JSON.parse(data.replaceAll(time, 'T'), (field, value: unknown) =>
    ownNumbers.includes(field) ? 'N' : value,
  );
}
