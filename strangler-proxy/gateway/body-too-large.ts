import { AppError } from '#platform/http/app-error.js';

const mebibyte = 1024 * 1024;

/** What is told of a body above the limit, in the words of the programs behind the gateway. @param limit in bytes */
export function bodyTooLarge(limit: number): AppError {
  const size = limit % mebibyte === 0 ? `${limit / mebibyte} MiB` : `${limit} bytes`;
  return new AppError('too_large', `The body is larger than ${size}`);
}
