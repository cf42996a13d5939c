import { messageOf } from '#platform/telemetry/message-of.js';
import { connectNatsOnce } from './connect-nats.js';

/**
 * Checks that a NATS server of somebody else's lets us in and has JetStream.
 * @throws with what to set
 */
export async function checkNats(url: string): Promise<void> {
  const given = new URL(url);
  const connection = await connectNatsOnce('npm start', url).catch((cause: unknown) => {
    throw new Error(
      `NATS_URL (${given.host}) can't be used: ${messageOf(cause)}. It must be nats://user:password@host:port`,
      { cause },
    );
  });
  try {
    await connection.jetstreamManager();
  } catch (cause) {
    throw new Error(
      `NATS at ${given.host} has no JetStream for this user: start it with "jetstream {}" in its configuration`,
      { cause },
    );
  } finally {
    await connection.close();
  }
}
