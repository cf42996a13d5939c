import { z } from 'zod';
import type { Side } from '#contracts/strangler/move.js';
import { type SidecarStatus, sidecarStatusSubject } from '#contracts/strangler/sidecar-status.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { Applier } from '../apply/run-apply.js';
import type { Capture } from '../capture/run-capture.js';

export interface AnsweredStatus {
  program: string;
  capability: string;
  side: Side;
  capture: Capture;
  applier: Applier;
}

/** Tells everybody who asks over NATS what this instance does: the admin listener can be asked by its neighbours only. */
export function answerStatus(
  nats: NatsConnection,
  { program, capability, side, capture, applier }: AnsweredStatus,
  logger: Logger,
): () => void {
  return answerJson(
    nats,
    sidecarStatusSubject(capability, side),
    z.object({}),
    async (): Promise<SidecarStatus> => ({ program, capture: capture.status(), applier: applier.status() }),
    (error) => logger.warn({ capability, err: error }, 'a question about the status was not answered'),
  );
}
