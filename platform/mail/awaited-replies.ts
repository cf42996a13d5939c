import type { SendResult, WaitingReply } from './send-message.js';

/** Answers that are waited for beside the queue, so that a slow server holds up neither it nor a hand-over. */
export class AwaitedReplies {
  readonly #open = new Map<Promise<void>, () => void>();
  readonly #max: number;

  /** @param max how many are waited for at once: each has a connection */
  constructor(max = 50) {
    this.#max = max;
  }

  isFull(): boolean {
    return this.#open.size >= this.#max;
  }

  /** @param end writes the answer down; never throws */
  add({ reply, stop }: WaitingReply, end: (result: SendResult) => Promise<void>): void {
    const ended = reply.then(end).finally(() => this.#open.delete(ended));
    this.#open.set(ended, stop);
  }

  /** Waits for no answer any more. */
  async stop(): Promise<void> {
    for (const stop of this.#open.values()) stop();
    await Promise.all(this.#open.keys());
  }
}
