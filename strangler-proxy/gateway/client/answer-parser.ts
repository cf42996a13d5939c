import { ChunkedBody, type ChunkReceiver } from './chunked-body.js';
import { type AnswerHead, MalformedAnswer, readHead } from './read-head.js';

/** Told of an answer as it is read. */
export interface AnswerEvents {
  informed(head: AnswerHead): void;
  headCame(head: AnswerHead): void;
  /** @param piece overwritten after the call */
  data(piece: Buffer): void;
}

/** Bytes of a head, and interim answers before the final one, more than which are refused. */
const maxHead = 64 * 1024;
const maxInterim = 32;

const headEnd = Buffer.from('\r\n\r\n');
const beginning = Buffer.from('HTTP/1.');
const carriageReturn = 13;
const lineFeed = 10;

type State = 'head' | 'length' | 'chunks' | 'until close' | 'whole' | 'stopped';

/** Reads the answer to one request from the pieces that its connection brings (RFC 9112, 6.3). */
export class AnswerParser implements ChunkReceiver {
  private readonly events: AnswerEvents;
  /** The answer to HEAD has no body, whatever its head says. */
  private readonly toHead: boolean;
  private state: State = 'head';
  private held: Buffer | undefined;
  private heldBytes = 0;
  private interim = 0;
  private left = 0;
  private chunks: ChunkedBody | undefined;

  constructor(toHead: boolean, events: AnswerEvents) {
    this.toHead = toHead;
    this.events = events;
  }

  /** All of the answer is here. */
  get whole(): boolean {
    return this.state === 'whole';
  }

  /** Nothing more is read: the answer is whole, or nobody wants the rest. */
  get over(): boolean {
    return this.state === 'whole' || this.state === 'stopped';
  }

  /** The final head is here. */
  get headRead(): boolean {
    return this.state !== 'head';
  }

  /** Names and values in turn. */
  get trailers(): string[] {
    return this.chunks?.trailers ?? [];
  }

  stop(): void {
    this.state = 'stopped';
  }

  /**
   * @returns bytes of `piece` that belong to the answer
   * @throws MalformedAnswer
   */
  read(piece: Buffer): number {
    let at = 0;
    while (at < piece.length && !this.over) at = this.step(piece, at);
    return at;
  }

  /** The connection has ended. @returns whether that is the proper end of the answer */
  ended(): boolean {
    if (this.state === 'until close') this.state = 'whole';
    return this.whole;
  }

  /** For what is in chunks. */
  chunk(piece: Buffer): void {
    this.events.data(piece);
  }

  private step(piece: Buffer, at: number): number {
    switch (this.state) {
      case 'head':
        return this.takeHead(piece, at);
      case 'length':
        return this.takeLength(piece, at);
      case 'chunks':
        return this.takeChunks(piece, at);
      case 'until close':
        this.events.data(at === 0 ? piece : piece.subarray(at));
        return piece.length;
      case 'whole':
      case 'stopped':
        return piece.length;
    }
  }

  private takeHead(piece: Buffer, at: number): number {
    const { held, heldBytes } = this;
    if (held) {
      const taken = Math.min(piece.length - at, maxHead - heldBytes);
      piece.copy(held, heldBytes, at, at + taken);
      const all = held.subarray(0, heldBytes + taken);
      const end = all.indexOf(headEnd, Math.max(0, heldBytes - headEnd.length + 1));
      if (end === -1) return this.hold(held, all.length, at + taken);
      this.held = undefined;
      this.heldBytes = 0;
      this.tellHead(all.toString('latin1', 0, end + 2));
      return at + end + headEnd.length - heldBytes;
    }
    const end = piece.indexOf(headEnd, at);
    if (end !== -1) {
      if (end - at > maxHead) throw new MalformedAnswer('the head of the answer is too large');
      this.tellHead(piece.toString('latin1', at, end + 2));
      return end + headEnd.length;
    }
    this.held = Buffer.allocUnsafe(maxHead);
    return this.takeHead(piece, at);
  }

  private hold(held: Buffer, bytes: number, at: number): number {
    const known = Math.min(bytes, beginning.length);
    if (held.compare(beginning, 0, known, 0, known) !== 0)
      throw new MalformedAnswer('the answer is no HTTP/1.1');
    if (bytes >= maxHead) throw new MalformedAnswer('the head of the answer is too large');
    // Lines that end with it alone would keep the end of the head from ever coming.
    if (hasBareLineFeed(held, Math.max(0, this.heldBytes - 1), bytes))
      throw new MalformedAnswer('a line of the head has no proper end');
    this.heldBytes = bytes;
    return at;
  }

  private tellHead(text: string): void {
    const head = readHead(text);
    if (head.status < 200) return this.tellInterim(head);
    if (this.toHead || head.status === 204 || head.status === 304) this.state = 'length';
    else if (head.chunked) {
      this.state = 'chunks';
      this.chunks = new ChunkedBody();
    } else if (head.length === -1) this.state = 'until close';
    else {
      this.state = 'length';
      this.left = head.length;
    }
    this.events.headCame(head);
    if (this.state === 'length' && this.left === 0) this.state = 'whole';
  }

  private tellInterim(head: AnswerHead): void {
    if (head.status === 101)
      throw new MalformedAnswer('the answer changes the protocol, which was not asked for');
    if (++this.interim > maxInterim) throw new MalformedAnswer('there are too many interim answers');
    this.events.informed(head);
  }

  private takeLength(piece: Buffer, at: number): number {
    const end = Math.min(piece.length, at + this.left);
    this.left -= end - at;
    this.events.data(at === 0 && end === piece.length ? piece : piece.subarray(at, end));
    if (this.left === 0 && !this.over) this.state = 'whole';
    return end;
  }

  private takeChunks(piece: Buffer, at: number): number {
    const { chunks } = this;
    if (!chunks) return at;
    const end = chunks.read(piece, at, this);
    if (chunks.whole && !this.over) this.state = 'whole';
    return end;
  }
}

function hasBareLineFeed(held: Buffer, from: number, to: number): boolean {
  for (let at = held.indexOf(lineFeed, from); at !== -1 && at < to; at = held.indexOf(lineFeed, at + 1))
    if (held[at - 1] !== carriageReturn) return true;
  return false;
}
