import type { Side } from '#contracts/strangler/move.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { answerEnded } from '../../../../sidecar/retirement/answer-ended.js';
import { runRetirement } from '../../../../sidecar/retirement/run-retirement.js';
import { logger, type Replication } from '../../../../sidecar/test/support/replication.js';
import { serveVerify } from '../../../../sidecar/verify/serve-verify.js';
import { testServers } from '../../../../tests/support/servers.js';

/**
 * What a side's sidecar does besides to replicate: it answers for its retirement, and for its rows.
 * @param replicating stopped when the side has ended
 * @returns a function that ends it
 */
export async function startRetiringSide(
  { move, sourceUrl, replicaUrl }: Replication,
  side: Side,
  replicating: readonly { stop(): Promise<void> }[],
): Promise<() => Promise<void>> {
  const nats = await connectNats('test', testServers().natsUrl);
  const options = { url: side === 'monolith' ? sourceUrl : replicaUrl, move, side, nats, logger };
  const stopVerifying = serveVerify(options);
  const stop = async () => void (await Promise.all(replicating.map((part) => part.stop())));
  const retirement = runRetirement(
    options,
    () => ({ stop }),
    () => answerEnded(nats, { program: side, capability: move.capability, side }, logger),
  );
  return async () => {
    await Promise.all([retirement.stop(), stopVerifying()]);
    await nats.close();
  };
}
