import { serviceNames } from '../system/service-names.js';
import type { Channel, Part } from './channel.js';
import { discoveryChannels, otherChannels, requestChannels } from './program-channels.js';
import { sidecarChannels } from './sidecar-channels.js';
import { changeStreamChannels, streamChannels } from './stream-channels.js';

const parts: readonly Part[] = serviceNames.flatMap((capability) => [
  { capability, side: 'monolith' },
  { capability, side: 'service' },
]);

/**
 * The table of trust: everything that the accounts of the broker may do. The configuration of the broker and the matrix in
 * `docs/security.md` are made from it.
 */
export const channels: readonly Channel[] = [
  ...parts.flatMap(sidecarChannels),
  ...requestChannels(),
  ...discoveryChannels(),
  ...otherChannels(),
  ...parts.flatMap(changeStreamChannels),
  ...streamChannels(),
];
