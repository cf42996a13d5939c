import { bucketOf } from './bucket-of.js';

/** Group of the hash that puts the keys of a capability into buckets: the name of the flag that moves them. */
export function ownershipGroup(capability: string): string {
  return `${capability}.owner`;
}

/** The bucket of a capability's key. @returns 1 to 100 */
export function bucketOfKey(capability: string, key: string): number {
  return bucketOf(key, ownershipGroup(capability));
}
