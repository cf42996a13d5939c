import type { Sequelize } from 'sequelize';
import { eventStream, eventSubjects } from '#contracts/strangler/domain-event.js';
import { findPlace } from '#platform/inbox/inbox.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { entryTime, logState, openLog } from '#platform/messaging/ordered-log.js';

/** How far a projection is behind the stream. */
export interface ProjectionLag {
  /** Events that it has not seen; some may be none that it wants. */
  events: number;
  /** Age of the oldest of those, in milliseconds. */
  milliseconds: number;
}

/** @throws when the stream can't be asked */
export async function projectionLag(
  database: Sequelize,
  nats: NatsConnection,
  name: string,
): Promise<ProjectionLag> {
  const log = await openLog(nats, eventStream, eventSubjects);
  const state = await logState(log);
  if (state === undefined || state.lastSequence < state.firstSequence) return { events: 0, milliseconds: 0 };
  const place = await findPlace(database, name);
  const seen = place?.logCreatedAt === state.createdAt ? place.logSequence : 0;
  const next = Math.max(seen + 1, state.firstSequence);
  if (next > state.lastSequence) return { events: 0, milliseconds: 0 };
  const storedAt = await entryTime(log, next);
  const milliseconds = storedAt ? Math.max(0, Date.now() - storedAt.getTime()) : 0;
  return { events: state.lastSequence - next + 1, milliseconds };
}
