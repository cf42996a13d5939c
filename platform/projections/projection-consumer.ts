import type { Sequelize, Transaction } from 'sequelize';
import type { DomainEvent } from '#contracts/strangler/domain-event.js';
import type { Consumer } from '#platform/inbox/consumer.js';
import type { Projection } from './projection.js';
import { beginBuild, findProjection } from './projection-rows.js';

/**
 * Keeps a projection current: what is read, and what is being built beside it. Events that it has missed are in what it is
 * built from: it is built anew, also where a build is under way, which may have read that before they happened.
 */
export function projectionConsumer(database: Sequelize, projection: Projection): Consumer {
  const { name, types } = projection;
  return {
    name,
    types,
    handle: (event, transaction) => handleTogether([event], transaction),
    handleTogether,
    onMissed: async () => void (await beginBuild(database, name, 'is replaced')),
  };

  async function handleTogether(events: readonly DomainEvent[], transaction: Transaction): Promise<void> {
    // The row is held until the transaction ends: builds begin, and are switched, before it or after it.
    const lock = { kind: 'LOCK IN SHARE MODE', transaction } as const;
    const { liveBuild, nextBuild } = await findProjection(database, name, lock);
    if (liveBuild > 0) await projection.apply(events, liveBuild, transaction);
    if (nextBuild !== null) await projection.apply(events, nextBuild, transaction);
  }
}
