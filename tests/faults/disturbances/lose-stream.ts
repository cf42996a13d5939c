import { performance } from 'node:perf_hooks';
import { connect } from 'nats';
import type { Side } from '#contracts/strangler/move.js';
import { changeStream } from '#contracts/strangler/change-message.js';
import type { Disturbance } from './disturbance.js';

/** Deletes the whole stream of inventory's changes that leave one side, as a broker that lost its disk would. */
export async function loseStream(natsUrl: string, from: Side): Promise<Disturbance> {
  const { host, username, password } = new URL(natsUrl);
  const at = performance.now();
  const nats = await connect({ servers: host, user: username, pass: password, timeout: 5_000 });
  try {
    const manager = await nats.jetstreamManager();
    await manager.streams.delete(changeStream('inventory', from));
  } finally {
    await nats.close();
  }
  return { kind: 'loss', process: `stream of the ${from}`, from: at, until: performance.now() };
}
