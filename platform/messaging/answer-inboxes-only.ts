import type { Msg, NatsConnection, NatsError, Subscription, SubscriptionOptions } from 'nats';
import { isInbox } from '#contracts/strangler/inbox-prefix.js';
import { noteCaught } from '#platform/telemetry/guarded.js';

/**
 * Drops requests that want their answer sent to something else than an inbox. The broker lets an account that answers publish
 * to whatever subject a request names: without this check, an account could have another one publish for it, such as to the key
 * of a lease.
 * @param nats all its subscriptions from now on, those of the services protocol among them
 */
export function answerInboxesOnly(nats: NatsConnection): void {
  const subscribe = nats.subscribe.bind(nats);
  nats.subscribe = (subject: string, options: SubscriptionOptions = {}): Subscription => {
    const { callback } = options;
    // What arrives in an inbox is an answer: nobody answers it.
    if (!callback || isInbox(subject)) return subscribe(subject, options);
    return subscribe(subject, { ...options, callback: onlyToInboxes(callback) });
  };
}

type Callback = (error: NatsError | null, message: Msg) => void;

function onlyToInboxes(callback: Callback): Callback {
  return (error, message) => {
    if (!error && message.reply && !isInbox(message.reply))
      noteCaught(
        'a request without an inbox',
        new Error(`a request to ${message.subject} wants its answer at ${message.reply}: it was dropped`),
      );
    else callback(error, message);
  };
}
