import { changeStream } from '#contracts/strangler/change-message.js';
import { eventStream } from '#contracts/strangler/domain-event.js';
import type { Side } from '#contracts/strangler/move.js';
import type { StoreReading } from '#contracts/strangler/growth.js';
import type { Store } from '#contracts/strangler/store.js';
import { outboxStore } from '#platform/database/shared-stores.js';
import { judgeLog } from '#platform/growth/judge-readings.js';
import { measureTables } from '#platform/growth/measure-tables.js';
import type { Measured } from '#platform/growth/report-growth.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { logSize, openLog } from '#platform/messaging/ordered-log.js';
import { connectMysql, selectRows } from '../database/connect-mysql.js';

export interface SidecarStores {
  /** The program beside, for people. */
  program: string;
  url: string;
  capabilities: readonly string[];
  /** How long published events are kept. */
  keptHours: number;
  /** Tables that are the sidecar's own. */
  tables: readonly Store[];
}

/** Looks at the tables that a sidecar keeps in the database beside it. */
export function lookAtTables(stores: SidecarStores): () => Promise<Measured> {
  const { program, url, capabilities, keptHours, tables } = stores;
  const outboxes = capabilities.map((capability) => outboxStore(capability, keptHours));
  return async () => {
    const connection = await connectMysql(url);
    try {
      return await measureTables(
        (sql, values) => selectRows(connection, sql, [...values]),
        [...tables, ...outboxes],
        ` beside ${program}`,
      );
    } finally {
      connection.destroy();
    }
  };
}

/** Looks at the logs that a sidecar writes. What they drop is sent again, or is too old for anybody: that is no alarm. */
export function lookAtLogs(
  nats: NatsConnection,
  capabilities: readonly string[],
  side: Side,
): () => Promise<Measured> {
  const streams = [...capabilities.map((capability) => changeStream(capability, side)), eventStream];
  return async () => {
    const readings: StoreReading[] = [];
    for (const stream of streams) {
      const size = await logSize(await openLog(nats, stream, stream));
      if (size) readings.push(...judgeLog(stream, size, Date.now()));
    }
    return { readings };
  };
}
