import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * Reads a whole body. Neither is called once the client is gone.
 * @param tooLarge called with what has come so far, when that is more than `limit` bytes
 */
export function collectBody(
  request: IncomingMessage,
  limit: number,
  done: (body: Buffer) => void,
  tooLarge: (pieces: Buffer[]) => void,
): void {
  const pieces: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer) => {
    length += piece.length;
    pieces.push(piece);
    if (length <= limit) return;
    request.off('data', take).off('end', finish);
    tooLarge(pieces);
  };
  const finish = () => done(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, length));
  request.on('data', take).once('end', finish);
}

/**
 * A body on its way through, at the upstream's pace. A stream of its own, since undici destroys the one that it is
 * given when the upstream fails, and the client's connection must outlive that to carry the answer.
 * @param tooLarge called when more than `limit` bytes have come; the stream ends in an error then
 * @param begun what has been read of it already
 */
export function passBodyOn(
  request: IncomingMessage,
  limit: number,
  tooLarge: () => void,
  begun: readonly Buffer[] = [],
): Readable {
  let length = 0;
  const body = new Readable({
    read: () => void request.resume(),
    destroy(error, callback) {
      request.off('data', take).off('end', finish);
      callback(error);
    },
  });
  const take = (piece: Buffer) => {
    length += piece.length;
    if (length > limit) return tooLarge();
    if (!body.push(piece)) request.pause();
  };
  const finish = () => void body.push(null);
  // Undici listens while it sends; an error that comes before or after that concerns nobody any more.
  body.on('error', () => undefined);
  for (const piece of begun) take(piece);
  request.on('data', take).once('end', finish);
  request.pause();
  return body;
}

/** Most bytes, and most milliseconds, of an unwanted body that are read so that the client gets to see its answer. */
const lingerBytes = 64 * 1024 * 1024;
const lingerTime = 10_000;

/** Reads what is left of a request that was answered before its end, and gives up on a client that won't stop. */
export function drainRest(request: IncomingMessage): void {
  let length = 0;
  const cut = () => void request.socket.destroy();
  const timer = setTimeout(cut, lingerTime);
  timer.unref();
  request.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length > lingerBytes) cut();
  });
  request.once('close', () => clearTimeout(timer));
  request.resume();
}
