/** Capabilities that are carved out of the monolith. */
export const serviceNames = ['inventory', 'payments', 'notifications', 'orders'] as const;

export type ServiceName = (typeof serviceNames)[number];
