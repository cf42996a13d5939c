import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { notReachable } from '../output/exit-codes.js';
import type { Places } from '../system/locate-system.js';
import { withoutSystem } from '../system/without-system.js';

/**
 * Connects to NATS, over which the sidecars are asked, for as long as the work takes.
 * @param otherwise what can't be done without it
 * @throws AppError `not_reachable`
 */
export async function withSidecars<Result>(
  { natsUrl, dataDir }: Places,
  work: (nats: NatsConnection) => Promise<Result>,
  otherwise = 'no sidecar can be asked',
): Promise<Result> {
  if (natsUrl === undefined)
    throw notReachable(`Where is NATS? ${withoutSystem(dataDir)} For another NATS say --nats-url.`);
  const nats = await connect(natsUrl, otherwise);
  try {
    return await work(nats);
  } finally {
    await nats.close();
  }
}

async function connect(natsUrl: string, otherwise: string): Promise<NatsConnection> {
  try {
    return await connectNatsOnce('strangler', natsUrl);
  } catch (error) {
    const { host } = new URL(natsUrl);
    throw notReachable(
      `NATS at ${host} can't be reached (${messageOf(error)}): without it ${otherwise}.`,
      error,
    );
  }
}
