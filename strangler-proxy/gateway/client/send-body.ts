import type { Socket } from 'node:net';
import { guarded } from '#platform/telemetry/guarded.js';
import type { BodySink, StreamedBody } from './call.js';
import { UnwritableRequest, writeFields } from './write-head.js';

/** Bodies up to this size, in bytes, are copied behind their head: one write is cheaper than two. */
const smallBody = 16 * 1024;

/** Writes a request's head and the body that is at hand; both in one piece where that is small. */
export function writeWhole(
  socket: Socket,
  head: string,
  body: Buffer | null,
  trailers: readonly string[] = [],
): void {
  if (body === null) return void socket.write(head, 'latin1');
  const chunked = trailers.length > 0;
  const before = chunked && body.length > 0 ? `${head}${body.length.toString(16)}\r\n` : head;
  const after = chunked ? `${body.length > 0 ? '\r\n' : ''}0\r\n${writeFields(trailers)}\r\n` : '';
  if (body.length <= smallBody) return void socket.write(before + body.toString('latin1') + after, 'latin1');
  socket.cork();
  socket.write(before, 'latin1');
  socket.write(body);
  if (after !== '') socket.write(after, 'latin1');
  socket.uncork();
}

/** A streamed body on its way out. */
export class BodyOnItsWay implements BodySink {
  private readonly socket: Socket;
  private readonly body: StreamedBody;
  private readonly written: (whole: boolean) => void;
  /** What goes out before the next piece. */
  private before: string;
  private left: number;
  private waitsForDrain = false;
  private over = false;

  /** @param written called at its end, with whether all of it could be written, at the length that it said */
  constructor(socket: Socket, head: string, body: StreamedBody, written: (whole: boolean) => void) {
    this.socket = socket;
    this.body = body;
    this.written = written;
    this.left = body.length;
    this.before = head;
  }

  begin(): void {
    if (this.body.awaitsSign) this.writeBefore();
    this.body.start(this);
  }

  /**
   * Written once all is read that has arrived by now: an upstream that has answered, and closed its connection on the rest of the
   * request, is to be heard before a write to it fails.
   */
  piece(piece: Buffer): void {
    setImmediate(guarded('passing a body on', () => this.write(piece)));
  }

  end(trailers: readonly string[]): void {
    if (this.over) return;
    this.over = true;
    const whole = this.body.length === -1 ? this.writeEnd(trailers) : this.left === 0;
    if (!whole) this.body.stop();
    this.written(whole);
  }

  drained(): void {
    if (!this.waitsForDrain || this.over) return;
    this.waitsForDrain = false;
    this.body.resume();
  }

  /** The rest is not wanted. */
  stop(): void {
    if (this.over) return;
    this.over = true;
    this.body.stop();
  }

  private write(piece: Buffer): void {
    if (this.over) return;
    if (piece.length === 0) return this.body.resume();
    const chunked = this.body.length === -1;
    if (!chunked) this.left -= piece.length;
    if (!chunked && this.left < 0) return this.end([]);
    if (chunked) this.before += `${piece.length.toString(16)}\r\n`;
    this.socket.cork();
    this.writeBefore();
    this.socket.write(piece);
    if (chunked) this.socket.write('\r\n', 'latin1');
    this.socket.uncork();
    if (this.socket.writableNeedDrain) this.waitsForDrain = true;
    else this.body.resume();
  }

  /** @returns false where a trailer can't be written */
  private writeEnd(trailers: readonly string[]): boolean {
    try {
      this.socket.write(`${this.before}0\r\n${writeFields(trailers)}\r\n`, 'latin1');
      return true;
    } catch (error) {
      if (error instanceof UnwritableRequest) return false;
      throw error;
    }
  }

  private writeBefore(): void {
    if (this.before !== '') this.socket.write(this.before, 'latin1');
    this.before = '';
  }
}
