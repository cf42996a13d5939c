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
    say(capability, notices) {
      for (const writes of inMessages(notices, bytesTaken(nats))) {
        const sequence = (sequences.get(capability) ?? 0) + 1;
        sequences.set(capability, sequence);
        // What is said while cut off would be sent, stale, on reconnecting; the number that is skipped tells more. So does
        // that of a message that could not be sent.
        const message: WrittenKeys = { capability, gateway, sequence, writes };
        if (nats) publishJson(nats, writtenKeysSubject(capability), message);
      }
    },
    connected: (connection) => void (nats = connection),
    cutOff: () => void (nats = undefined),
  };
}

/** Bytes of notices in one message, and in all that are said at once, whatever the server takes. */
const largestMessage = 256 * 1024;
const mostAtOnce = 4 * largestMessage;
/** Bytes of a message beside its notices. */
const envelope = 1_024;

/** Bytes of notices that the server takes in one message. */
function bytesTaken(nats: NatsConnection | undefined): number {
  return Math.min(largestMessage, (nats?.info?.max_payload ?? Number.POSITIVE_INFINITY) - envelope);
}

/**
 * Notices in as many messages as they need; one that is empty where there are none. One that is too large by itself, and
 * those that are too many, say of their keys only that it may be any: a gateway that hears that reads from owners.
 * @param most bytes of a message's notices
 */
export function inMessages(notices: readonly WriteNotice[], most: number): WriteNotice[][] {
  let last: WriteNotice[] = [];
  const messages = [last];
  let [bytes, left] = [0, mostAtOnce];
  for (const notice of notices) {
    const whole = sizeOf(notice);
    const told = whole > Math.min(most, left) ? { ...notice, keys: 'all' as const } : notice;
    const size = told === notice ? whole : sizeOf(told);
    if (bytes + size > most && last.length > 0) {
      messages.push((last = []));
      bytes = 0;
    }
    last.push(told);
    bytes += size;
    left -= size;
  }
  return messages;
}

/** Bytes in a list of JSON. */
function sizeOf(notice: WriteNotice): number {
  return Buffer.byteLength(JSON.stringify(notice)) + 1;
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
