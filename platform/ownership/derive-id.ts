import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/**
 * An id that follows from what it stands for, so that a repetition is given the same one.
 * It is a UUIDv8 (RFC 9562, 5.8): the first 122 free bits of SHA-256 over the parts. Nobody should read a time from it.
 * @param capability keeps ids of different capabilities apart
 * @param parts what the id follows from, in order; their boundaries count
 */
export function deriveId(capability: string, ...parts: readonly string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([capability, ...parts]))
    .digest();
  digest[6] = (digest[6]! & 0x0f) | 0x80;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/**
 * Chooses the id of a resource that a request creates: derived from the client's Idempotency-Key where there
 * is one, so that a retry means the same resource and falls in the same bucket, else a new UUIDv7.
 */
export function chooseId(capability: string, idempotencyKey: string | undefined): string {
  return idempotencyKey === undefined ? uuidv7() : deriveId(capability, idempotencyKey);
}
