import { LimitError } from './limit-error.js';

const mebibyte = 1024 * 1024;

/** The largest body of some requests, and the setting that says so. */
export interface BodyLimit {
  /** `limits.body` for a body that the gateway holds, `limits.upload` for one that only passes through. */
  setting: 'limits.body' | 'limits.upload';
  /** Infinity where there is none. */
  bytes: number;
}

/** The 413 for a body above a limit, worded like the upstreams' own. */
export function bodyTooLarge({ setting, bytes }: BodyLimit): LimitError {
  const size = bytes % mebibyte === 0 ? `${bytes / mebibyte} MiB` : `${bytes} bytes`;
  return new LimitError(setting, 'too_large', `The body is larger than ${size}`);
}
