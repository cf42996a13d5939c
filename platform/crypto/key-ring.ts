import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '#platform/errors/app-error.js';

/** Encrypts what must not be readable where it is stored. The first key encrypts; all of them decrypt. */
export interface KeyRing {
  /**
   * @param context what the text belongs to, such as a row's key: it opens nowhere else
   * @returns printable text that names its key
   */
  seal(text: string, context: string): string;
  /** @throws AppError `invalid_config` for a key that is not in the ring, `internal` for what was changed or belongs elsewhere */
  open(sealed: string, context: string): string;
}

/** How a ring is written, for messages: ids are free, keys are 32 bytes in hex. */
export const keyRingFormat =
  'ID:KEY, and further ones behind commas, each KEY 64 hexadecimal digits (openssl rand -hex 32)';

/** What sealed texts begin with, before a colon. */
export const sealedMark = 'sealed-1';

const cipher = 'aes-256-gcm';
/** Bytes, as NIST SP 800-38D has them: with random ones a key is good for 2^32 texts. */
const [nonceLength, tagLength] = [12, 16];
const keyPattern = /^([a-z0-9][a-z0-9-]{0,30}):([0-9a-f]{64})$/i;

/**
 * Reads a ring as it is configured: `2026-05:<64 hexadecimal digits>,2025-11:<...>`.
 * @throws AppError `invalid_config` that shows no key
 */
export function readKeyRing(text: string): KeyRing {
  const keys = new Map<string, Buffer>();
  for (const [index, entry] of text.split(',').entries()) {
    const [, id, key] = keyPattern.exec(entry.trim()) ?? [];
    if (id === undefined || key === undefined)
      throw invalid(`its entry ${index + 1} is not ${keyRingFormat}`);
    if (keys.has(id)) throw invalid(`it has two keys ${id}`);
    keys.set(id, Buffer.from(key, 'hex'));
  }
  return keyRing(keys);
}

/** Whether a text was sealed by a ring, whichever. */
export function isSealed(text: string): boolean {
  return text.startsWith(`${sealedMark}:`);
}

/** Id of the key that sealed a text; undefined for one that is not sealed. */
export function keyIdOf(sealed: string): string | undefined {
  return isSealed(sealed) ? sealed.split(':', 2)[1] : undefined;
}

function keyRing(keys: ReadonlyMap<string, Buffer>): KeyRing {
  const [current] = keys;
  if (!current) throw invalid('it is empty');
  const [currentId, currentKey] = current;
  return {
    seal(text, context) {
      const nonce = randomBytes(nonceLength);
      const sealing = createCipheriv(cipher, currentKey, nonce, { authTagLength: tagLength });
      sealing.setAAD(boundTo(currentId, context));
      const body = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()]);
      const all = Buffer.concat([nonce, sealing.getAuthTag(), body]).toString('base64url');
      return [sealedMark, currentId, all].join(':');
    },
    open(sealed, context) {
      const id = keyIdOf(sealed) ?? '';
      const key = keys.get(id);
      if (!key)
        throw new AppError(
          'invalid_config',
          `The ring of keys has no key ${id}: add it behind the first one`,
        );
      const all = Buffer.from(sealed.split(':', 3)[2] ?? '', 'base64url');
      try {
        const opening = createDecipheriv(cipher, key, all.subarray(0, nonceLength), {
          authTagLength: tagLength,
        });
        opening.setAAD(boundTo(id, context));
        opening.setAuthTag(all.subarray(nonceLength, nonceLength + tagLength));
        const body = opening.update(all.subarray(nonceLength + tagLength));
        return Buffer.concat([body, opening.final()]).toString('utf8');
      } catch (cause) {
        throw new AppError(
          'internal',
          `${context} can't be opened by the key ${id}: it was changed, or another key has that id`,
          { cause },
        );
      }
    },
  };
}

/** What a sealed text is bound to beside its contents. */
function boundTo(keyId: string, context: string): Buffer {
  return Buffer.from(JSON.stringify([sealedMark, keyId, context]));
}

function invalid(problem: string): AppError {
  return new AppError('invalid_config', `The ring of keys is not right: ${problem}`);
}
