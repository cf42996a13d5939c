import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf } from '#platform/telemetry/message-of.js';
import { wrongUsage } from '../output/exit-codes.js';

const chunkBytes = 1_048_576;

/** The bytes of a file, or of standard input for `-`. @throws AppError `wrong_usage`, from the stream, if it can't be read */
export function openFile(file: string, standardInput: Readable): Readable {
  return file === '-' ? standardInput : createReadStream(file, { highWaterMark: chunkBytes });
}

/**
 * Hands the bytes of a stream on as they come, unpacked if they begin as gzip does.
 * @returns false if the packed bytes are damaged, or end too early: all before that were handed on
 * @throws AppError `wrong_usage` if the file can't be read
 */
export async function readUnpacked(
  file: string,
  source: Readable,
  take: (chunk: Buffer) => void,
): Promise<boolean> {
  const { packed, chunks } = await lookAtBeginning(file, source);
  if (!packed) {
    for await (const chunk of chunks) take(chunk);
    return true;
  }
  const unpacked = createGunzip({ chunkSize: chunkBytes });
  try {
    await pipeline(chunks, unpacked, async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) take(piece);
    });
    return true;
  } catch (error) {
    if (/^Z_/.test((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** A pipe may bring a single byte at first: whether it is packed, two bytes tell. */
async function lookAtBeginning(file: string, source: Readable) {
  const iterator = readable(file, source)[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let size = 0;
  let ended = false;
  while (size < 2 && !ended) {
    const { value, done } = await iterator.next();
    if (done) ended = true;
    else {
      first.push(value);
      size += value.length;
    }
  }
  const beginning = Buffer.concat(first);
  async function* chunks(): AsyncGenerator<Buffer> {
    if (size > 0) yield beginning;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { packed: beginning[0] === 0x1f && beginning[1] === 0x8b, chunks: chunks() };
}

async function* readable(file: string, source: Readable): AsyncGenerator<Buffer, undefined> {
  try {
    for await (const chunk of source) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as string);
  } catch (error) {
    throw wrongUsage(`${file} can't be read: ${messageOf(error)}`);
  }
  return undefined;
}
