import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import { guarded } from '#platform/telemetry/guarded.js';

/** Longest that row changes wait for those behind them, in milliseconds: less than passes between two heartbeats. */
const longestWait = 30;

/** Makes one message of several small transactions: each costs broker, both sidecars and the replica as much as a large one. */
export interface Gatherer {
  /** @param bytes of its row images */
  add(message: ChangeMessage, bytes: number): void;
  /** What still waits is not sent any more. */
  stop(): void;
}

/**
 * Only row changes wait. Whatever else a transaction says goes at once, with all that is before it: a heartbeat, since
 * how fresh a replica is shows by it; a token, since writers wait for it.
 * @param mostBytes that a message of several transactions may carry
 */
export function gatherMessages(mostBytes: number, send: (message: ChangeMessage) => void): Gatherer {
  let held: { message: ChangeMessage; bytes: number } | undefined;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    const message = held?.message;
    held = undefined;
    if (message) send(message);
  }

  function hold(message: ChangeMessage, bytes: number): void {
    if (held && held.bytes + bytes > mostBytes) flush();
    if (!held) timer = setTimeout(guarded('sending changes', flush), longestWait);
    held = { message: held ? join(held.message, message) : message, bytes: (held?.bytes ?? 0) + bytes };
  }

  return {
    add(message, bytes) {
      if (isPart(message) || !message.signals.every(({ kind }) => kind === 'heartbeat')) {
        flush();
        send(message);
      } else {
        hold(message, bytes);
        if (message.signals.length > 0) flush();
      }
    },
    stop() {
      clearTimeout(timer);
      held = undefined;
    },
  };
}

/** Large transactions come in parts, whose cuts stay as they are. */
function isPart({ last, previous, position }: ChangeMessage): boolean {
  return !last || previous.offset > 0 || position.offset > 0;
}

function join(one: ChangeMessage, other: ChangeMessage): ChangeMessage {
  return {
    ...other,
    previous: one.previous,
    changes: [...one.changes, ...other.changes],
    signals: [...one.signals, ...other.signals],
  };
}
