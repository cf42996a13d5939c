import { createLogger } from '#platform/telemetry/logger.js';
import { endWithGrace } from '../../end-with-grace.js';

/** A program that ends by an error of its own. */
const logger = createLogger('failing');
endWithGrace(logger, async () => logger.info('it has let go'));
process.nextTick(() => {
  throw new Error('a mistake of the program');
});
