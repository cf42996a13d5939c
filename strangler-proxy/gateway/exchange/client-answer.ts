import type { ServerResponse } from 'node:http';
import { answerHeaders, answerTrailers } from '../forward/answer-headers.js';

/** Whose answer it is. */
export interface Answered {
  /** Adds the gateway's own, names and values in turn. */
  addOwnHeaders(headers: string[]): void;
  /**
   * The body of an answer that was kept back; undefined where it is too large for that.
   * @returns calls back once the answer may go out
   */
  known(body: Buffer | undefined): (callback: () => void) => void;
  /** All of it is out. */
  passed(): void;
}

/** An answer as it came. */
interface AnswerHead {
  status: number;
  rawHeaders: readonly Buffer[];
  statusText: string;
  /** Lets the upstream go on after `data` has paused it. */
  resume: () => void;
}

/** An answer on its way to the client: passed on as it comes, or kept back until it is known what it says. */
export class ClientAnswer {
  private readonly response: ServerResponse;
  private readonly of: Answered;
  private resume: (() => void) | undefined;
  /** The head is written, but not sent. */
  private headWaits = false;
  /** Bytes of the body; -1 where it isn't said. */
  private length = -1;
  /** Nobody takes it any more. */
  private dropped = false;
  private kept: (AnswerHead & { pieces: Buffer[]; bytes: number; limit: number }) | undefined;

  constructor(response: ServerResponse, of: Answered) {
    this.response = response;
    this.of = of;
  }

  /** Something has gone out already. */
  get begun(): boolean {
    return this.response.headersSent;
  }

  /** The head goes out with the first of the body, which has come with it as a rule; on its own where nothing follows soon. */
  pass(status: number, rawHeaders: readonly Buffer[], statusText: string, resume: () => void): void {
    const { headers, length } = answerHeaders(rawHeaders);
    this.of.addOwnHeaders(headers);
    this.resume = resume;
    this.response.writeHead(status, statusText, headers);
    this.length = length;
    this.headWaits = true;
    if (length === -1) process.nextTick(() => this.flushHead());
  }

  /** @param limit bytes of a body up to which the answer is kept back */
  keep(head: AnswerHead, limit: number): void {
    this.kept = { ...head, pieces: [], bytes: 0, limit };
  }

  /** @returns false to pause until the upstream is resumed */
  data(chunk: Buffer): boolean {
    if (this.kept) return this.keepMore(this.kept, chunk);
    if (this.dropped) return true;
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
    this.response.once('drain', () => this.resume?.());
    return false;
  }

  end(rawTrailers: readonly Buffer[]): void {
    if (this.kept) return this.endKept(this.kept);
    if (!this.dropped) {
      if (rawTrailers.length > 0) this.response.addTrailers(answerTrailers(rawTrailers));
      this.response.end();
    }
    this.of.passed();
  }

  /** What was kept back will not go out: there is no end to it. */
  forget(): void {
    this.kept = undefined;
  }

  /** Nobody takes it any more. */
  drop(): void {
    this.dropped = true;
  }

  /** Half an answer is out: only breaking the connection tells the client that the rest won't come. */
  cut(): void {
    this.dropped = true;
    this.response.destroy();
  }

  private keepMore(kept: NonNullable<ClientAnswer['kept']>, chunk: Buffer): boolean {
    kept.pieces.push(chunk);
    kept.bytes += chunk.length;
    if (kept.bytes > kept.limit) this.stopKeeping(kept);
    return true;
  }

  /** Too large to keep: what there is goes out, and the rest as it comes. */
  private stopKeeping(kept: NonNullable<ClientAnswer['kept']>): void {
    this.kept = undefined;
    this.of.known(undefined);
    if (this.dropped) return;
    this.pass(kept.status, kept.rawHeaders, kept.statusText, kept.resume);
    this.response.write(Buffer.concat(kept.pieces, kept.bytes));
  }

  private endKept(kept: NonNullable<ClientAnswer['kept']>): void {
    const { pieces, bytes } = kept;
    const body = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, bytes);
    this.kept = undefined;
    this.of.known(body)(() => {
      if (!this.dropped) {
        this.pass(kept.status, kept.rawHeaders, kept.statusText, kept.resume);
        this.response.end(body);
      }
      this.of.passed();
    });
  }

  private flushHead(): void {
    if (this.headWaits && !this.dropped && !this.response.writableEnded) this.response.flushHeaders();
    this.headWaits = false;
  }
}
