import { mapColumns, same } from '#contracts/strangler/map-columns.js';
import type { MoveTable } from '#contracts/strangler/move.js';

const columns = mapColumns(
  same('idempotency_key', 'request_hash', 'resource_key', 'status', 'headers', 'body', 'created_at'),
);

/**
 * The answers that a capability remembers under its clients' keys: alike on both sides, so that a retry gets the first
 * answer wherever it lands.
 */
export function idempotencyRecords(capability: string): MoveTable {
  const side = {
    table: `${capability}_idempotency`,
    key: ['idempotency_key', 'resource_key'],
    ownedBy: 'resource_key',
  } as const;
  return { monolith: side, service: side, ...columns };
}
