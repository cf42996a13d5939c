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

/** What stops an applier until somebody has set it right. */
export interface ApplierFailure {
  code: string;
  message: string;
}

/** @returns what stops the applier of a side, if anything does */
export async function failureOf(
  shop: ThrowawayShop,
  capability: string,
  side: Side,
): Promise<ApplierFailure | undefined> {
  return withNats(shop, (nats) => askForFailure(nats, capability, side));
}

/** @returns what has stopped the applier of a side before it has applied all that the other side has written up to now */
export async function whatStops(
  shop: ThrowawayShop,
  capability: string,
  side: Side,
): Promise<ApplierFailure | undefined> {
  const now = Date.now();
  return withNats(shop, async (nats) => {
    let appliedUpTo = 0;
    const noteAppliedUpTo = ({ writtenAt }: AppliedUpTo): void => {
      appliedUpTo = Math.max(appliedUpTo, writtenAt);
    };
    const noteNothing = (): void => undefined;
    const subject = appliedUpToSubject(capability, side);
    const stop = listenJson(nats, subject, appliedUpToSchema, noteAppliedUpTo, noteNothing);
    let failure: ApplierFailure | undefined;
    try {
      await until(`what is written reaches the ${side}'s ${capability}, or stops there`, async () => {
        failure = await askForFailure(nats, capability, side);
        return failure !== undefined || appliedUpTo > now;
      });
    } finally {
      stop();
    }
    return failure;
  });
}

async function askForFailure(
  nats: NatsConnection,
  capability: string,
  side: Side,
): Promise<ApplierFailure | undefined> {
  const all = await gatherJson(nats, sidecarStatusSubject(capability, side), {}, sidecarStatusSchema);
  return all.find(({ applier }) => applier.failure !== undefined)?.applier.failure;
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
