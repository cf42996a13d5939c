import { AppError } from '../errors/app-error.js';

/** Versions that a client's `If-Match` accepts; `undefined` accepts any. */
export type ExpectedVersions = readonly number[] | undefined;

/** The strong entity tag of a resource's version. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * Reads `If-Match` (RFC 9110, 13.1.1). Weak tags and tags that no version of ours can have never match,
 * which is not an error: they become an empty list of versions.
 * @throws AppError `invalid_request` when the header is no list of entity tags
 */
export function readIfMatch(header: string | undefined): ExpectedVersions {
  if (header === undefined || header.trim() === '*') return undefined;
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) {
    throw new AppError(
      'invalid_request',
      'If-Match must be an entity tag in double quotes, as in If-Match: "3"',
    );
  }
  return tags.flatMap((tag) => (/^"\d{1,15}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []));
}

/**
 * Refuses a write that was meant for another version than the one that stands.
 * @throws AppError `version_mismatch`
 */
export function checkVersion(resource: string, actual: number, expected: ExpectedVersions): void {
  if (expected === undefined || expected.includes(actual)) return;
  throw new AppError(
    'version_mismatch',
    `${resource} is at version ${actual}, not at the one that If-Match names: read it again and repeat the change`,
  );
}
