/** The documented port of everything that listens. */
export const documentedPorts = {
  gateway: 8080,
  controlPlane: 8081,
  gatewayAdmin: 8090,
  monolith: 4100,
  inventory: 4101,
  payments: 4102,
  notifications: 4103,
  orders: 4104,
  providerSandbox: 4180,
  monolithSidecar: 4200,
  inventorySidecar: 4201,
  paymentsSidecar: 4202,
  notificationsSidecar: 4203,
  ordersSidecar: 4204,
  unleash: 4242,
  nats: 4222,
  mysql: 3307,
  smtp: 1025,
  mail: 1080,
} as const;

export type PortName = keyof typeof documentedPorts;
export type Ports = Readonly<Record<PortName, number>>;
