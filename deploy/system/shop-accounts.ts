/** Who uses which schema, with an account of its own. */
export const databaseAccounts = [
  { user: 'monolith', schema: 'shop', capturesChanges: false },
  { user: 'monolith-sidecar', schema: 'shop', capturesChanges: true },
  { user: 'inventory', schema: 'inventory', capturesChanges: false },
  { user: 'inventory-sidecar', schema: 'inventory', capturesChanges: true },
  { user: 'payments', schema: 'payments', capturesChanges: false },
  { user: 'payments-sidecar', schema: 'payments', capturesChanges: true },
  { user: 'notifications', schema: 'notifications', capturesChanges: false },
  { user: 'notifications-sidecar', schema: 'notifications', capturesChanges: true },
  { user: 'orders', schema: 'orders', capturesChanges: false },
  { user: 'orders-sidecar', schema: 'orders', capturesChanges: true },
  { user: 'provider-sandbox', schema: 'provider_sandbox', capturesChanges: false },
  { user: 'control-plane', schema: 'control', capturesChanges: false },
] as const;

export type DatabaseUser = (typeof databaseAccounts)[number]['user'];

/** Who talks over NATS; `operator` is for the command line. */
export const brokerUsers = [
  'monolith',
  'monolith-sidecar',
  'inventory',
  'inventory-sidecar',
  'payments',
  'payments-sidecar',
  'notifications',
  'notifications-sidecar',
  'orders',
  'orders-sidecar',
  'gateway',
  'control-plane',
  'operator',
] as const;

export type BrokerUser = (typeof brokerUsers)[number];
