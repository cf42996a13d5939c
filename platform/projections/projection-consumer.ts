import type { Sequelize } from 'sequelize';
import type { Consumer } from '#platform/inbox/consumer.js';
import type { Projection } from './projection.js';
import { findProjection } from './projection-rows.js';

/** Keeps a projection current: what is read, and what is being built beside it. */
export function projectionConsumer(database: Sequelize, projection: Projection): Consumer {
  const { name, types } = projection;
  return {
    name,
    types,
    repeatable: true,
    handle: async (event, transaction) => {
      // The row is held until the event's transaction ends: builds begin, and are switched, before it or after it.
      const lock = { kind: 'LOCK IN SHARE MODE', transaction } as const;
      const { liveBuild, nextBuild } = await findProjection(database, name, lock);
      if (liveBuild > 0) await projection.apply(event, liveBuild, transaction);
      if (nextBuild !== null) await projection.apply(event, nextBuild, transaction);
    },
  };
}
