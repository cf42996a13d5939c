import { type ServerResponse, STATUS_CODES } from 'node:http';
import { guarded } from '#platform/telemetry/guarded.js';
import { answerHeaders, passedTrailers } from '../forward/answer-headers.js';

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
  finish(): void;
}

/** An answer as it came. */
interface AnswerHead {
  status: number;
  /** Names and values in turn. */
  headers: readonly string[];
  phrase: string;
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
  /** The upstream is paused until the client has taken what there is. */
  private paused = false;
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

  /** Passes an interim answer on; HTTP/1.0 has none. */
  inform(status: number, headers: readonly string[]): void {
    const { response } = this;
    if (this.dropped || this.begun || response.req.httpVersion === '1.0') return;
    if (status === 100 && headers.length === 0) return response.writeContinue();
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    const passed = answerHeaders(status, headers, false).headers;
    for (let at = 0; at < passed.length; at += 2) text += `${passed[at]}: ${passed[at + 1]}\r\n`;
    // Not before the answers to the requests before this one; and beneath Node's response, which knows final answers only.
    const write = () => void response.socket?.write(`${text}\r\n`, 'latin1');
    if (response.socket) write();
    else response.once('socket', guarded('passing an interim answer on', write));
  }

  /** @param limit bytes of a body up to which the answer is kept back; undefined to pass it on as it comes */
  take(head: AnswerHead, limit: number | undefined): void {
    if (limit === undefined) this.pass(head);
    else this.kept = { ...head, pieces: [], bytes: 0, limit };
  }

  /** The head goes out with the first of the body, which has come with it as a rule; on its own where nothing follows soon. */
  private pass({ status, headers: given, phrase, resume }: AnswerHead): void {
    const { headers, length } = answerHeaders(status, given, this.mayChunk(status));
    this.of.addOwnHeaders(headers);
    this.resume = resume;
    this.response.writeHead(status, phraseOf(phrase), headers);
    this.length = length;
    this.headWaits = true;
    if (length === -1) process.nextTick(guarded('sending a head', () => this.flushHead()));
  }

  /**
   * @param piece overwritten after the call
   * @returns false to pause until the upstream is resumed
   */
  data(piece: Buffer): boolean {
    if (this.kept) return this.keepMore(this.kept, piece);
    if (this.dropped) return true;
    if (this.headWaits && piece.length === this.length) {
      // All of it at once: as one string, head and body leave in one piece. Writing it out before the end is told
      // spares the second, empty piece that Node would send along with it.
      this.headWaits = false;
      this.response.write(piece.toString('latin1'), 'latin1');
      this.response.socket?.uncork();
      return true;
    }
    this.headWaits = false;
    if (this.response.write(Buffer.from(piece))) return true;
    if (!this.paused)
      this.response.once(
        'drain',
        guarded('going on with an answer', () => {
          this.paused = false;
          this.resume?.();
        }),
      );
    this.paused = true;
    return false;
  }

  end(trailers: readonly string[]): void {
    if (this.kept) return this.endKept(this.kept, trailers);
    this.finish(trailers);
    this.of.finish();
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

  private keepMore(kept: NonNullable<ClientAnswer['kept']>, piece: Buffer): boolean {
    kept.pieces.push(Buffer.from(piece));
    kept.bytes += piece.length;
    if (kept.bytes > kept.limit) this.stopKeeping(kept);
    return true;
  }

  /** Too large to keep: what there is goes out, and the rest as it comes. */
  private stopKeeping(kept: NonNullable<ClientAnswer['kept']>): void {
    this.kept = undefined;
    this.of.known(undefined);
    if (this.dropped) return;
    this.pass(kept);
    this.headWaits = false;
    this.response.write(Buffer.concat(kept.pieces, kept.bytes));
  }

  private endKept(kept: NonNullable<ClientAnswer['kept']>, trailers: readonly string[]): void {
    const { pieces, bytes } = kept;
    const body = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, bytes);
    this.kept = undefined;
    this.of.known(body)(() => {
      if (!this.dropped) {
        this.pass(kept);
        this.headWaits = false;
        if (trailers.length > 0) {
          this.response.write(body);
          this.finish(trailers);
        } else this.response.end(body);
      }
      this.of.finish();
    });
  }

  private finish(trailers: readonly string[]): void {
    if (this.dropped) return;
    if (trailers.length > 0) this.response.addTrailers(pairs(passedTrailers(trailers)));
    this.response.end();
  }

  /** HTTP/1.0 knows no chunks, and some answers have no body. */
  private mayChunk(status: number): boolean {
    const { httpVersion, method } = this.response.req;
    return httpVersion !== '1.0' && method !== 'HEAD' && status !== 204 && status !== 304;
  }

  private flushHead(): void {
    if (this.headWaits && !this.dropped && !this.response.writableEnded) this.response.flushHeaders();
    this.headWaits = false;
  }
}

/** Trailers as `addTrailers` takes them. */
function pairs(fields: readonly string[]): [string, string][] {
  return fields.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : [],
  );
}

/** A reason phrase as Node writes one: bytes beyond ASCII, which it would refuse, are left out. Nothing depends on the phrase. */
function phraseOf(text: string): string {
  return /^[\t\x20-\x7e]*$/.test(text) ? text : text.replaceAll(/[^\t\x20-\x7e]/g, '');
}
