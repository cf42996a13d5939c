import { Events, type NatsConnection } from 'nats';
import type { Logger } from '#platform/telemetry/logger.js';
import { connectNats } from './connect-nats.js';

/** A program's connection to NATS, which it can do without for as long as it must. */
export interface NatsLink {
  /** Undefined while there is none: what was published then would be sent some time later. */
  connection(): NatsConnection | undefined;
  close(): Promise<void>;
}

/**
 * Connects in the background, for ever.
 * @param program name shown in the server's connection list
 * @param connected called once, when the broker is there for the first time: what it subscribes to lasts
 */
export function linkNats(
  program: string,
  url: string,
  logger: Logger,
  connected: (nats: NatsConnection) => Promise<void> = async () => undefined,
): NatsLink {
  let current: NatsConnection | undefined;
  let usable = false;
  let closed = false;
  const ending = new AbortController();

  async function follow(): Promise<void> {
    const nats = await connectNats(program, url, ending.signal);
    if (closed) return nats.close();
    current = nats;
    await connected(nats);
    usable = true;
    for await (const { type } of nats.status()) {
      if (type === Events.Reconnect) usable = true;
      if (type !== Events.Disconnect) continue;
      usable = false;
      if (!closed) logger.warn('NATS is away: other programs can be neither asked nor answered');
    }
    usable = false;
  }

  follow().catch((error: unknown) => {
    if (!closed) logger.error({ err: error }, `the connection of ${program} to NATS has ended`);
  });
  return {
    connection: () => (usable ? current : undefined),
    async close() {
      closed = true;
      usable = false;
      ending.abort();
      await current?.close();
    },
  };
}
