/** Statements that no program sends by itself, or that need no index: files by the beginning of their path. */
export const notInTheBackground: readonly { file: string; beginning?: string; why: string }[] = [
  ...files('a client waits for it', [
    'extracted/inventory/adapters/stock-level-table.ts',
    'extracted/orders/adapters/summarise-customer.ts',
    'legacy-monolith/modules/inventory/stock-table.ts',
    'legacy-monolith/modules/orders/summarise-customer.ts',
    'platform/database/idempotency.ts',
    'platform/outbox/record-events.ts',
    'platform/ownership/guard-beside.ts',
    'platform/ownership/guard-keys.ts',
    'platform/ownership/hold-at-once.ts',
    'platform/ownership/report-owners.ts',
  ]),
  ...beginnings('a client waits for it', {
    'extracted/orders/adapters/order-view-table.ts': [
      'SELECT order_id AS orderId, version',
      'SELECT MAX(',
      'SELECT document',
      'SELECT currency',
    ],
    'extracted/orders/adapters/tracking-fact-table.ts': ['SELECT fact'],
    'platform/projections/projection-rows.ts': ['SELECT … AS build', '(SELECT live_build'],
    'platform/saga/saga-store.ts': ['INSERT INTO sagas'],
    'platform/retirement/follow-retirement.ts': ['INSERT INTO … (capability, endpoint'],
  }),
  ...beginnings('it is sent while a mail server lets itself be waited for, for one row by its primary key', {
    'platform/database/leases.ts': ['UPDATE … SET ends_at'],
  }),
  ...beginnings('it is the last thing that an instance does', {
    'platform/retirement/follow-retirement.ts': ['UPDATE … SET seen_at = started_at'],
  }),
  ...files('a person or the control plane asks for it', [
    'legacy-monolith/import/',
    'platform/trigger-guard/',
    'sidecar/ownership/name-blockers.ts',
    'sidecar/retirement/find-dependents.ts',
    'sidecar/retirement/look-at-retirement.ts',
    'sidecar/retirement/retired-tables.ts',
    'sidecar/state/retirement-row.ts',
  ]),
  ...files('its table has a row per bucket, capability or table of a move', [
    'sidecar/state/applied-state.ts',
    'sidecar/apply/backfill-progress.ts',
    'sidecar/capture/begin-reading.ts',
    'sidecar/capture/read-chunk.ts',
    'sidecar/capture/watch-reading.ts',
    'sidecar/ownership/',
  ]),
  ...files('it asks the server about itself', [
    'platform/schema/migrate-schema.ts',
    'platform/database/run-alone.ts',
    'platform/embedded/',
    'sidecar/capture/check-source.ts',
    'sidecar/capture/choose-server-id.ts',
    'sidecar/capture/went-back.ts',
    'sidecar/database/named-lock.ts',
    'sidecar/safety/table-facts.ts',
    'sidecar/database/stored-programs.ts',
  ]),
];

function files(why: string, names: readonly string[]): { file: string; why: string }[] {
  return names.map((file) => ({ file, why }));
}

function beginnings(why: string, statements: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(statements).flatMap(([file, each]) =>
    each.map((beginning) => ({ file, beginning, why })),
  );
}
