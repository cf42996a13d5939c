import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import { logState, type LogReader, type OrderedLog, readLog } from '#platform/messaging/ordered-log.js';
import type { ConnectionWatch } from '#platform/messaging/watch-connection.js';

/** A message with the entry of the stream that it came in. */
export interface Arrived {
  message: ChangeMessage;
  /** As it came. */
  bytes: number;
  log: { createdAt: string; sequence: number };
}

/** Reads the stream on, whatever happens to it or to the broker. */
export interface Follower {
  /** What has arrived; nothing after `wait` milliseconds of silence, or when the stream can't be read for now. */
  take(wait: number): Promise<Arrived[]>;
  /** Skips to behind this entry: what is before is of no use any more. */
  skipTo(sequence: number): Promise<void>;
  close(): Promise<void>;
}

const mostEntries = 500;
/** Wait before a stream that can't be read is tried again, in milliseconds. */
const retryAfter = 200;

/** @param hint entry behind which to begin; it counts only while the stream is still the same one */
export function followLog(
  log: OrderedLog,
  broker: ConnectionWatch,
  hint: { createdAt: string; sequence: number } | null,
  onTrouble: (error: unknown) => void,
): Follower {
  let reader: LogReader | undefined;
  let createdAt = hint?.createdAt;
  let behind = hint?.sequence ?? 0;

  async function open(): Promise<LogReader | undefined> {
    const state = await logState(log);
    if (!state) return undefined;
    if (state.createdAt !== createdAt) behind = 0;
    createdAt = state.createdAt;
    return readLog(log, Math.min(behind, state.lastSequence) + 1);
  }

  async function drop(): Promise<void> {
    const dropped = reader;
    reader = undefined;
    await dropped?.close();
  }

  async function take(wait: number): Promise<Arrived[]> {
    try {
      await broker.untilConnected(wait);
      reader ??= await open();
      if (reader) return (await reader.take(mostEntries, wait)).map(arrived);
    } catch (error) {
      onTrouble(error);
      await drop();
    }
    await sleep(Math.min(retryAfter, wait));
    return [];
  }

  function arrived({ sequence, data }: { sequence: number; data: Uint8Array }): Arrived {
    behind = sequence;
    const message = JSON.parse(
      Buffer.from(data.buffer, data.byteOffset, data.length).toString(),
    ) as ChangeMessage;
    return { message, bytes: data.length, log: { createdAt: createdAt ?? '', sequence } };
  }

  return {
    take,
    async skipTo(sequence) {
      await drop();
      behind = sequence;
    },
    close: drop,
  };
}
