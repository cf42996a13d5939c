import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { isBuilt, liveBuild } from '#platform/projections/projection-rows.js';
import type { TrackingFact } from '../domain/timeline.js';
import { orderTrackingName, type TrackingFacts } from '../use-cases/track-orders.js';

interface FactRow extends Omit<TrackingFact, 'at'> {
  at: Date;
}

const longestDetail = 500;

/** What has happened to orders, in the service's own schema. */
export function trackingFactsIn(database: Sequelize): TrackingFacts<Transaction> {
  return {
    keep: async (facts, build, transaction) => {
      if (facts.length === 0) return;
      const rows = facts.map(({ orderId, fact: { fact, at, type, detail, units, version, source } }) => {
        const instant = at.slice(0, -1).replace('T', ' ');
        return [build, orderId, fact, instant, type, detail.slice(0, longestDetail), units, version, source];
      });
      await database.query(
        `INSERT INTO tracking_facts
           (build, order_id, fact, happened_at, type, detail, units, version, source)
         VALUES ${rows.map(() => '(?)').join(', ')} ON DUPLICATE KEY UPDATE fact = VALUES(fact)`,
        { replacements: rows, transaction },
      );
    },
    isBuilt: () => isBuilt(database, orderTrackingName),
    of: async (orderId) => {
      const rows = await database.query<FactRow>(
        `SELECT fact, happened_at AS at, type, detail, units, version, source FROM tracking_facts
         WHERE build = ${liveBuild} AND order_id = ?`,
        { replacements: [orderTrackingName, orderId], type: QueryTypes.SELECT },
      );
      return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
    },
    clear: (before, limit) =>
      database.query('DELETE FROM tracking_facts WHERE build < ? LIMIT ?', {
        ...{ replacements: [before, limit], type: QueryTypes.BULKDELETE },
      }),
  };
}
