import { bucketOfKey } from './bucket-of-key.js';
import { deriveId } from './derive-id.js';

/** Attempts at one thing, the first included: by far more than a client makes while its key is remembered. */
export const maxAttempts = 20;

/**
 * The id of a further attempt at creating something, once nothing can be created under its first id any more. It lies in
 * the bucket of the first id: whoever owns that owns all attempts.
 * @param attempt 1 for the first, which has the id itself
 */
export function attemptId(capability: string, id: string, attempt: number): string {
  if (attempt === 1) return id;
  const bucket = bucketOfKey(capability, id);
  for (let salt = 1; ; salt += 1) {
    const candidate = deriveId(capability, id, String(attempt), String(salt));
    if (bucketOfKey(capability, candidate) === bucket) return candidate;
  }
}
