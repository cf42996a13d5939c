import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Side } from '#contracts/strangler/move.js';
import { changeStream } from '#contracts/strangler/change-message.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import type { Disturbance } from './disturbance.js';

/** Who applies what leaves a side. */
const receivers = { monolith: 'inventory-sidecar', service: 'monolith-sidecar' } as const;

/** Long enough for changes to lie in the stream that nobody has applied, in milliseconds. */
const heldBack = 700;

/** `all`: the stream itself, as with a lost disk; `messages`: what it holds, while the stream goes on as if nothing had happened. */
export type Loss = 'all' | 'messages';

/**
 * Loses inventory's changes that leave one side; while the receiver is held up, so that changes are lost which are nowhere
 * else but in the database that they come from.
 */
export async function loseStream(shop: ThrowawayShop, from: Side, loss: Loss): Promise<Disturbance> {
  const began = performance.now();
  const nats = await connectNatsOnce('test', shop.natsUrl);
  const receiver = shop.pause(receivers[from]);
  try {
    await sleep(heldBack);
    const manager = await nats.jetstreamManager({ checkAPI: false });
    const stream = changeStream('inventory', from);
    await (loss === 'all' ? manager.streams.delete(stream) : manager.streams.purge(stream));
  } finally {
    shop.goOn(receiver);
    await nats.close();
  }
  const until = performance.now();
  return { kind: 'loss', process: `${loss} of the stream of the ${from}`, from: began, struck: until, until };
}
