/** What the programs that answer others' questions over NATS are called in discovery. */
export const requestServers = {
  monolith: 'monolith-requests',
  inventory: 'inventory-requests',
  payments: 'payments-requests',
  notifications: 'notifications-requests',
} as const;
