import {
  type AppliedUpTo,
  appliedUpToSchema,
  appliedUpToSubject,
} from '#contracts/strangler/applied-up-to.js';
import type { Side } from '#contracts/strangler/move.js';
import { sidecarStatusSchema, sidecarStatusSubject } from '#contracts/strangler/sidecar-status.js';
import { connectNatsOnce } from '#platform/messaging/connect-nats.js';
import { listenJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { gatherJson } from '#platform/messaging/gather-json.js';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { until } from '../../support/until.js';

/** @returns what the applier of a side says if it is stopped, since the other side has written rows that its own side owns */
export async function refusalOf(
  shop: ThrowawayShop,
  capability: string,
  side: Side,
): Promise<string | undefined> {
  return withNats(shop, (nats) => askForRefusal(nats, capability, side));
}

/** @returns the same, once the applier has met all that the other side has written up to now */
export async function refusalOfAll(
  shop: ThrowawayShop,
  capability: string,
  side: Side,
): Promise<string | undefined> {
  const now = Date.now();
  return withNats(shop, async (nats) => {
    let appliedUpTo = 0;
    const noteAppliedUpTo = ({ writtenAt }: AppliedUpTo): void => {
      appliedUpTo = Math.max(appliedUpTo, writtenAt);
    };
    const noteNothing = (): void => undefined;
    const subject = appliedUpToSubject(capability, side);
    const stop = listenJson(nats, subject, appliedUpToSchema, noteAppliedUpTo, noteNothing);
    let refusal: string | undefined;
    try {
      await until(`what is written reaches the ${side}'s ${capability}, or stops there`, async () => {
        refusal = await askForRefusal(nats, capability, side);
        return refusal !== undefined || appliedUpTo > now;
      });
    } finally {
      stop();
    }
    return refusal;
  });
}

async function askForRefusal(
  nats: NatsConnection,
  capability: string,
  side: Side,
): Promise<string | undefined> {
  const all = await gatherJson(nats, sidecarStatusSubject(capability, side), {}, sidecarStatusSchema);
  const failures = all.map(({ applier }) => applier.failure);
  return failures.find((failure) => failure?.code === 'two_owners')?.message;
}

async function withNats<Result>(
  shop: ThrowawayShop,
  work: (nats: NatsConnection) => Promise<Result>,
): Promise<Result> {
  const nats = await connectNatsOnce('test', shop.natsUrl);
  try {
    return await work(nats);
  } finally {
    await nats.close();
  }
}
