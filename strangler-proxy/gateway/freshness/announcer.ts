import { type NatsConnection, publishJson } from '#platform/messaging/exchange-json.js';
import { type WriteNotice, type WrittenKeys, writtenKeysSubject } from '#contracts/strangler/written-keys.js';

/** Tells other gateways what this one writes. Without NATS it tells nobody, and they notice the gap later. */
export interface Announcer {
  say(capability: string, notices: WriteNotice[]): void;
  connected(nats: NatsConnection): void;
  cutOff(): void;
}

export function createAnnouncer(gateway: string): Announcer {
  const sequences = new Map<string, number>();
  let nats: NatsConnection | undefined;
  return {
    say(capability, writes) {
      const sequence = (sequences.get(capability) ?? 0) + 1;
      sequences.set(capability, sequence);
      // What is said while cut off would be sent, stale, on reconnecting; the number that is skipped tells more.
      const message: WrittenKeys = { capability, gateway, sequence, writes };
      if (nats) publishJson(nats, writtenKeysSubject(capability), message);
    },
    connected: (connection) => void (nats = connection),
    cutOff: () => void (nats = undefined),
  };
}

/**
 * Notices what another gateway's messages lack.
 * @param missed called for a capability when a message was lost, or an unknown gateway is heard in the middle
 */
export function watchSequences(missed: (capability: string) => void, now: () => number) {
  const heard = new Map<string, { sequence: number; at: number }>();
  return ({ capability, gateway, sequence }: WrittenKeys): void => {
    const from = `${capability} ${gateway}`;
    if (sequence !== (heard.get(from)?.sequence ?? 0) + 1) missed(capability);
    heard.delete(from);
    heard.set(from, { sequence, at: now() });
    forgetGone(heard, now());
  };
}

const goneAfter = 600_000;

function forgetGone(heard: Map<string, { at: number }>, time: number): void {
  for (const [from, { at }] of heard) {
    if (time - at < goneAfter) return;
    heard.delete(from);
  }
}
