import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#platform/errors/app-error.js';

/** A file of order lines that can be read several times. */
export interface OrderFile {
  path: string;
  /** What people call it. */
  name: string;
}

/**
 * Runs work with an order file. What can be read only once (standard input as `-`, a pipe, a FIFO) is copied to a
 * temporary file first, since an import reads its file several times.
 * @param standardInput what `-` means
 * @throws AppError `invalid_file` when it can't be read
 */
export async function withOrderFile<Result>(
  file: string,
  work: (file: OrderFile) => Promise<Result>,
  standardInput: NodeJS.ReadableStream = process.stdin,
): Promise<Result> {
  if (file === '-') return withCopy('standard input', () => standardInput, work);
  const status = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (status.isDirectory()) throw new AppError('invalid_file', `${file} is a folder, not a file`);
  if (!status.isFile()) return withCopy(file, () => createReadStream(file), work);
  await access(file, constants.R_OK).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  return work({ path: file, name: file });
}

async function withCopy<Result>(
  name: string,
  open: () => NodeJS.ReadableStream,
  work: (file: OrderFile) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'strangler-orders-'));
  try {
    const path = join(folder, 'orders');
    await pipeline(open(), createWriteStream(path)).catch((error: unknown) => {
      throw unreadable(name, error);
    });
    return await work({ path, name });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder, not a file',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links form a circle',
  ENXIO: 'it is a socket, or a device that is not there',
  ENOSPC: 'no space is left for its temporary copy',
};

/** Says why a file can't be read. */
export function unreadable(name: string, cause: unknown): AppError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new AppError('invalid_file', `There is no file ${name}`, { cause });
  return new AppError('invalid_file', `${name} can't be read: ${reasons[code ?? ''] ?? message}`, { cause });
}
