import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { connectNatsUnlessRefused } from '#platform/messaging/connect-nats.js';
import type { Logger } from '#platform/telemetry/logger.js';

/** A gateway's connection to NATS: it works without one, and makes the best of one that comes and goes. */
export interface NatsLink {
  /** Undefined while there is none. */
  connection(): NatsConnection | undefined;
  state(): GatewayStatus['nats'];
  close(): Promise<void>;
}

export interface NatsLinkEvents {
  connected(nats: NatsConnection): void;
  cutOff(): void;
  logger: Logger;
}

/** Connects in the background, for ever. @param url undefined where the gateway is to work without NATS */
export function linkToNats(url: string | undefined, { connected, cutOff, logger }: NatsLinkEvents): NatsLink {
  let current: NatsConnection | undefined;
  let usable = false;
  let closed = false;
  const ending = new AbortController();

  async function follow(address: string): Promise<void> {
    const nats = await connectNatsUnlessRefused('gateway', address, ending.signal);
    if (closed) return nats.close();
    current = nats;
    up(nats);
    for await (const { type } of nats.status()) {
      if (type === 'disconnect') down();
      if (type === 'reconnect') up(nats);
    }
    down();
  }

  function up(nats: NatsConnection): void {
    usable = true;
    connected(nats);
  }

  function down(): void {
    if (!usable) return;
    usable = false;
    cutOff();
    if (!closed) logger.warn('NATS is away: reads go to the owner until it is back');
  }

  if (url)
    follow(url).catch((error: unknown) => {
      if (!closed) logger.error({ err: error }, 'NATS refuses this gateway: reads go to the owner');
    });

  return {
    connection: () => (usable ? current : undefined),
    state: () => (url ? (usable ? 'connected' : 'cut-off') : 'not-configured'),
    async close() {
      closed = true;
      ending.abort();
      await current?.close();
    },
  };
}
