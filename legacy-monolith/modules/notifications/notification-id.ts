import type { Notification } from '#contracts/shop/notifications.js';
import { deriveId } from '#platform/ownership/derive-id.js';

/** What decides whether a customer has been told already. */
export interface Occasion {
  orderId?: string | undefined;
  template: Notification['template'];
  channel: Notification['channel'];
}

/**
 * The id of what an order's customer is told once: it follows from order, template and channel, so that a repetition
 * meets the first one wherever, and by whichever side, that was written.
 * @returns undefined for what may be said again
 */
export function onceId({ orderId, template, channel }: Occasion): string | undefined {
  if (orderId === undefined || template === 'message') return undefined;
  return deriveId('notifications', orderId, template, channel);
}
