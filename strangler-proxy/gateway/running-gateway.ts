import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';

/** A gateway that takes requests. */
export interface RunningGateway {
  id: string;
  /** Where it listens; what it announces may be another address. */
  url: string;
  adminUrl: string;
  status(): GatewayStatus;
  /** Ends it without cutting a request short: not ready first, then no new connections, then what is in flight. */
  drain(): Promise<void>;
}
