import { isAscii, isUtf8 } from 'node:buffer';

/** A line of a file without its line break, or why it can't be read. Lines are counted from 1. */
export type Line = { number: number; text: string } | { number: number; problem: string };

const lineFeed = 10;

/** Longest line that is read, in bytes; a longer one is passed over without being held. */
const maxLineBytes = 32 * 1_048_576;

/**
 * Cuts chunks of a file into lines, as they come. It holds one line at most, and of one that is too long nothing.
 * @param limit longest line, in bytes
 */
export class LineSplitter {
  private readonly limit: number;
  private number = 0;
  /** Pieces of a line whose end has not come yet. */
  private pieces: Buffer[] = [];
  private held = 0;
  private isTooLong = false;

  constructor(limit = maxLineBytes) {
    this.limit = limit;
  }

  /** @param take called with each line that ends in this chunk, except for empty ones */
  add(chunk: Buffer, take: (line: Line) => void): void {
    let begin = 0;
    for (;;) {
      const end = chunk.indexOf(lineFeed, begin);
      if (end === -1) break;
      this.finish(chunk, begin, end, take);
      begin = end + 1;
    }
    this.hold(chunk.subarray(begin));
  }

  /** The last line may lack its line break. */
  end(take: (line: Line) => void): void {
    if (this.held > 0 || this.isTooLong) this.finish(Buffer.alloc(0), 0, 0, take);
  }

  private hold(piece: Buffer): void {
    if (piece.length === 0) return;
    this.held += piece.length;
    if (this.held > this.limit) {
      this.isTooLong = true;
      this.pieces = [];
    } else {
      // A copy: whoever has made the chunk may use it again.
      this.pieces.push(Buffer.from(piece));
    }
  }

  private finish(chunk: Buffer, begin: number, end: number, take: (line: Line) => void): void {
    this.number += 1;
    const { number } = this;
    const tooLong = this.isTooLong || this.held + end - begin > this.limit;
    const whole =
      this.held === 0 || tooLong ? chunk : Buffer.concat([...this.pieces, chunk.subarray(begin, end)]);
    const [from, to] = whole === chunk ? [begin, end] : [0, whole.length];
    this.pieces = [];
    this.held = 0;
    this.isTooLong = false;
    if (tooLong) take({ number, problem: `longer than ${Math.round(this.limit / 1_048_576)} MiB` });
    else readLine(whole, from, to, number, take);
  }
}

function readLine(bytes: Buffer, from: number, to: number, number: number, take: (line: Line) => void): void {
  const end = to > from && bytes[to - 1] === 13 ? to - 1 : to;
  const line = bytes.subarray(from, end);
  // Bytes that are no text would be read as the same replacement for each of them, and so as equal.
  if (isAscii(line)) takeText(line.toString('latin1'), number, take);
  else if (isUtf8(line)) takeText(line.toString('utf8'), number, take);
  else take({ number, problem: 'invalid UTF-8' });
}

function takeText(text: string, number: number, take: (line: Line) => void): void {
  if (text.trim() !== '') take({ number, text });
}
