import { MalformedAnswer, readFields } from './read-head.js';

/** Takes what is in the chunks. */
export interface ChunkReceiver {
  chunk(piece: Buffer): void;
  /** Nothing more is to be read: the receiver has had enough. */
  readonly over: boolean;
}

const cr = 13;
const lf = 10;

/** Digits of a chunk's size, bytes of the extensions of one, and of all trailers, more than which are refused. */
const maxDigits = 12;
const maxExtension = 4 * 1024;
const maxTrailers = 16 * 1024;

type State = 'size' | 'extension' | 'size end' | 'data' | 'data end' | 'data end lf' | 'trailers' | 'whole';

/** Reads a body in chunks (RFC 9112, 7.1), strictly: every line ends with CR and LF, sizes are plain hexadecimal. */
export class ChunkedBody {
  /** Names and values in turn, once all is read. */
  readonly trailers: string[] = [];
  private state: State = 'size';
  private digits = 0;
  private left = 0;
  private extension = 0;
  private lines = '';

  get whole(): boolean {
    return this.state === 'whole';
  }

  /**
   * @returns where in `piece` the body ends, or the end of the piece
   * @throws MalformedAnswer
   */
  read(piece: Buffer, from: number, to: ChunkReceiver): number {
    let at = from;
    while (at < piece.length && this.state !== 'whole' && !to.over) {
      if (this.state === 'data') at = this.takeData(piece, at, to);
      else if (this.state === 'trailers') at = this.takeTrailers(piece, at);
      else this.takeByte(piece[at++] ?? 0);
    }
    return at;
  }

  private takeData(piece: Buffer, at: number, to: ChunkReceiver): number {
    const end = Math.min(piece.length, at + this.left);
    this.left -= end - at;
    if (this.left === 0) this.state = 'data end';
    to.chunk(at === 0 && end === piece.length ? piece : piece.subarray(at, end));
    return end;
  }

  private takeByte(byte: number): void {
    switch (this.state) {
      case 'size':
        return this.takeDigit(byte);
      case 'extension':
        if (byte === cr) this.state = 'size end';
        else if (++this.extension > maxExtension || isControl(byte))
          throw new MalformedAnswer('a chunk has an extension that is none');
        return;
      case 'size end':
        this.expect(byte, lf);
        this.state = this.left === 0 ? 'trailers' : 'data';
        return;
      case 'data end':
        this.expect(byte, cr);
        this.state = 'data end lf';
        return;
      default:
        this.expect(byte, lf);
        this.state = 'size';
        this.digits = 0;
        this.extension = 0;
    }
  }

  private takeDigit(byte: number): void {
    const digit = valueOf(byte);
    if (digit !== -1) {
      if (++this.digits > maxDigits) throw new MalformedAnswer('a chunk is too large');
      this.left = this.left * 16 + digit;
      return;
    }
    if (this.digits === 0) throw new MalformedAnswer('a chunk has no size');
    if (byte === cr) this.state = 'size end';
    else if (byte === 59 || byte === 32 || byte === 9) this.state = 'extension';
    else throw new MalformedAnswer('the size of a chunk is no number');
  }

  private expect(byte: number, wanted: number): void {
    if (byte !== wanted) throw new MalformedAnswer('a chunk has no proper end');
  }

  private takeTrailers(piece: Buffer, from: number): number {
    for (let at = from; at < piece.length;) {
      const end = piece.indexOf(lf, at);
      const next = end === -1 ? piece.length : end + 1;
      this.lines += piece.toString('latin1', at, next);
      if (this.lines.length > maxTrailers) throw new MalformedAnswer('the trailers are too large');
      at = next;
      if (end !== -1 && (this.lines === '\r\n' || this.lines.endsWith('\r\n\r\n'))) {
        readFields(this.lines.slice(0, -2), 0, this.trailers);
        this.state = 'whole';
        return at;
      }
      if (this.lines.endsWith('\n') && !this.lines.endsWith('\r\n'))
        throw new MalformedAnswer('a trailer has no proper end');
    }
    return piece.length;
  }
}

function isControl(byte: number): boolean {
  return (byte < 32 && byte !== 9) || byte === 127;
}

function valueOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
