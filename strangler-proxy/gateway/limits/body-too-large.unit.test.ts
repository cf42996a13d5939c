import { expect, it } from '@jest/globals';
import { bodyTooLarge } from './body-too-large.js';

it.each([
  [1_048_576, '1 MiB'],
  [3 * 1_048_576, '3 MiB'],
  [1_000_000, '1000000 bytes'],
])('a body above %d bytes is said to be larger than %s', (limit, size) => {
  expect(bodyTooLarge({ setting: 'limits.body', bytes: limit }).message).toBe(
    `The body is larger than ${size}`,
  );
});
