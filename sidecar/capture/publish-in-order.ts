import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import { appendEntry, type OrderedLog } from '#platform/messaging/ordered-log.js';

/** Most that is on its way to the broker before the reading of the log is held up. */
const mostMessages = 512;
const mostBytes = 8 * 1024 ** 2;

export interface Publisher {
  publish(message: ChangeMessage): void;
  /** Messages that the broker has not acknowledged yet. */
  outstanding(): number;
}

export interface PublisherEvents {
  /** Hold the reading up, or go on with it. */
  onFull(): void;
  onRoom(): void;
  onStored(message: ChangeMessage): void;
  /** Nothing that was published from here on is in the stream; told once. */
  onFailure(error: unknown): void;
}

/**
 * Publishes without waiting for each acknowledgement. The stream takes a message only directly behind the one before,
 * so the messages in it form a chain, whatever is lost and however many captures there are by mistake.
 */
export function publishInOrder(log: OrderedLog, lastSequence: number, events: PublisherEvents): Publisher {
  let sequence = lastSequence;
  let messages = 0;
  let bytes = 0;
  let full = false;
  let failed = false;

  function room(): void {
    if (!full || messages > mostMessages / 2 || bytes > mostBytes / 2) return;
    full = false;
    events.onRoom();
  }

  async function store(message: ChangeMessage, data: Uint8Array, afterSequence: number): Promise<void> {
    try {
      await appendEntry(log, data, messageId(message), afterSequence);
      if (!failed) events.onStored(message);
    } catch (error) {
      if (failed) return;
      failed = true;
      events.onFailure(error);
    } finally {
      messages -= 1;
      bytes -= data.length;
      if (!failed) room();
    }
  }

  function publish(message: ChangeMessage): void {
    if (failed) return;
    const data = Buffer.from(JSON.stringify(message));
    messages += 1;
    bytes += data.length;
    void store(message, data, sequence);
    sequence += 1;
    if (full || (messages < mostMessages && bytes < mostBytes)) return;
    full = true;
    events.onFull();
  }

  return { publish, outstanding: () => messages };
}

/** The run keeps the broker from taking a message that is sent again after a rewind for a repetition. */
function messageId({ run, position }: ChangeMessage): string {
  return `${run}:${position.gtid}:${position.offset}`;
}
