import type { Shield } from '#platform/resilience/shield.js';
import type { SendMessage } from '#platform/mail/send-message.js';

/** Leaves a server that fails alone for a while: messages stay queued, and nobody waits for it. */
export function shieldSender(send: SendMessage, shield: Shield): SendMessage {
  return async (message) => {
    const sent = await shield.run(
      () => send(message),
      ({ result }) => (result === 'failed' || result === 'unanswered' ? 'failed' : 'succeeded'),
    );
    return sent ?? { result: 'failed', cause: new Error('it has failed a moment ago: nothing was tried') };
  };
}
