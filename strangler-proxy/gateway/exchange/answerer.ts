import { Readable } from 'node:stream';
import type { AnsweredBy } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { OutgoingRequest } from '../forward/forward.js';

/**
 * Whose answer a client gets, and how long that one took: the gateway's own, unless the side that was asked last has
 * answered, or was sent the request and failed it.
 */
export class Answerer {
  by: AnsweredBy = 'gateway';
  private readonly startedAt: number;
  private readonly now: () => number;
  private askedAt: number;

  /** @param startedAt of the request @param now monotonic milliseconds */
  constructor(startedAt: number, now: () => number) {
    this.startedAt = startedAt;
    this.askedAt = startedAt;
    this.now = now;
  }

  /** A side is asked. */
  asks(body: OutgoingRequest['body']): void {
    this.by = 'gateway';
    this.askedAt = this.now();
    if (!(body instanceof Readable)) return;
    const sent = () => {
      if (this.by === 'gateway') this.askedAt = this.now();
    };
    // How long a client takes to send its body says nothing of the side.
    body.once('end', guarded('timing a side', sent));
  }

  is(side: Side): void {
    this.by = side;
  }

  /** Milliseconds that it took whoever answered, and those before that one was asked. @param at when the answer ended */
  times(at: number): { took: number; waited: number } {
    const from = this.by === 'gateway' ? this.startedAt : this.askedAt;
    return { took: at - from, waited: from - this.startedAt };
  }
}
