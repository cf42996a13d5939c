import type { ServerResponse } from 'node:http';
import { answerTrailers } from '../forward/answer-headers.js';

/** An answer on its way to the client, in as few pieces as can be. */
export class ClientAnswer {
  private readonly response: ServerResponse;
  private resumeUpstream: (() => void) | undefined;
  /** The head is written, but not sent. */
  private headWaits = false;
  /** Bytes of the body; -1 where it isn't said. */
  private length = -1;
  /** Nobody takes it any more. */
  private dropped = false;

  constructor(response: ServerResponse) {
    this.response = response;
  }

  get begun(): boolean {
    return this.response.headersSent;
  }

  /**
   * Goes out with the first of the body, which has come with it as a rule; on its own where nothing follows soon.
   * @param resume lets the upstream go on after `data` has paused it
   */
  head(status: number, statusText: string, headers: string[], length: number, resume?: () => void): void {
    this.resumeUpstream = resume;
    this.response.writeHead(status, statusText, headers);
    this.length = length;
    this.headWaits = true;
    if (length === -1) process.nextTick(() => this.flushHead());
  }

  /** @returns false to pause until the upstream is resumed */
  data(chunk: Buffer): boolean {
    if (this.headWaits && chunk.length === this.length) {
      // All of it at once: as one string, head and body leave in one piece. Writing it out before the end is told
      // spares the second, empty piece that Node would send along with it.
      this.headWaits = false;
      this.response.write(chunk.toString('latin1'), 'latin1');
      this.response.socket?.uncork();
      return true;
    }
    this.headWaits = false;
    if (this.response.write(chunk)) return true;
    this.response.once('drain', () => this.resumeUpstream?.());
    return false;
  }

  end(rawTrailers: readonly Buffer[]): void {
    if (rawTrailers.length > 0) this.response.addTrailers(answerTrailers(rawTrailers));
    this.response.end();
  }

  /** Nothing more is to be sent. */
  drop(): void {
    this.dropped = true;
  }

  /** Half an answer is out: only breaking the connection tells the client that the rest won't come. */
  cut(): void {
    this.dropped = true;
    this.response.destroy();
  }

  private flushHead(): void {
    if (this.headWaits && !this.dropped && !this.response.writableEnded) this.response.flushHeaders();
    this.headWaits = false;
  }
}
