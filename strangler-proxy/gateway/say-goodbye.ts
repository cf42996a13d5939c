import {
  gatewayLeftAnswerSchema,
  gatewayLeftSubject,
  type KnownGateway,
} from '#contracts/strangler/known-gateways.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';

/** Longest wait for a control plane, in milliseconds. */
const answerTimeout = 1_000;

/**
 * Tells the control plane that this gateway serves no more. One that does not hear it takes the gateway for missing until a
 * person says otherwise: that keeps nobody from ending one.
 */
export async function sayGoodbye(
  nats: NatsConnection | undefined,
  { gateway, adminUrl }: Pick<KnownGateway, 'gateway' | 'adminUrl'>,
): Promise<void> {
  if (!nats) return;
  const left = { gateway, adminUrl: new URL(adminUrl).origin };
  await requestJson(nats, gatewayLeftSubject, left, gatewayLeftAnswerSchema, answerTimeout).catch(
    () => undefined,
  );
}
