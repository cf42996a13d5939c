import type { NatsConnection } from '#platform/messaging/exchange-json.js';

/** Bytes that rows may take in a message which carries them together. */
export interface MessageRoom {
  /** Of several rows: what JSON makes of them besides needs room, too. */
  together: number;
  /** Of one row that is alone in its message. */
  alone: number;
}

/** A row is larger than a message can be: nothing but another limit, or a smaller row, helps. */
export class RowTooLarge extends Error {}

/** Names, places, epochs, and the keys that changed while rows were read. */
const envelopeBytes = 64 * 1024;

export function messageRoom(nats: NatsConnection): MessageRoom {
  const most = nats.info?.max_payload ?? 0;
  return { together: most / 2, alone: most - envelopeBytes };
}

/**
 * How many elements, from the first on, go into one message.
 * @param sizes of the elements, in bytes
 * @throws RowTooLarge when not even the first one does
 */
export function countFitting(
  sizes: readonly number[],
  { together, alone }: MessageRoom,
  what: string,
): number {
  const [first] = sizes;
  if (first !== undefined && first > alone)
    throw new RowTooLarge(
      `${what} takes ${first} bytes, and a message holds ${alone}: raise max_payload of nats-server, or make the row smaller`,
    );
  let bytes = 0;
  const end = sizes.findIndex((size) => (bytes += size) > together);
  return end === -1 ? sizes.length : Math.max(1, end);
}
