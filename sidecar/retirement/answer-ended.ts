import { z } from 'zod';
import type { Side } from '#contracts/strangler/move.js';
import { type SidecarStatus, sidecarStatusSubject } from '#contracts/strangler/sidecar-status.js';
import { verifySubject } from '#contracts/strangler/verify.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';

/**
 * Tells those who ask about the replication of a capability that was completed that there is none any more, so that nobody
 * takes silence for trouble.
 * @returns a function that ends it
 */
export function answerEnded(
  nats: NatsConnection,
  { program, capability, side }: { program: string; capability: string; side: Side },
  logger: Logger,
): () => void {
  const onError = (error: unknown): void =>
    logger.warn({ capability, err: error }, 'a question about what has ended was not answered');
  const ended = { state: 'ended', message: 'the capability was completed' };
  const status: SidecarStatus = { program, capture: ended, applier: ended };
  const message = `${capability} was completed: its rows are the service's alone, and there is nothing to compare`;
  const stops = [
    answerJson(nats, sidecarStatusSubject(capability, side), z.object({}), async () => status, onError),
    answerJson(
      nats,
      verifySubject('tables', capability, side),
      z.object({}),
      async () => ({ accepted: false, message }),
      onError,
    ),
  ];
  return () => stops.forEach((stop) => stop());
}
