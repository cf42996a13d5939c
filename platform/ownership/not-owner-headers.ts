/** Headers of a 421: what the asked side's row says of the first bucket that it does not own. */
export const bucketHeader = 'x-strangler-bucket';
export const epochHeader = 'x-strangler-epoch';
