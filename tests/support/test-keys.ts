import { readKeyRing } from '#platform/crypto/key-ring.js';

/** What tests' sagas are sealed by; the same in every process of a test. */
export const testKeys = readKeyRing(`test:${'5'.repeat(64)}`);
