import closeWithGrace from 'close-with-grace';
import type { Logger } from '#platform/telemetry/logger.js';

/**
 * Ends this process on a signal, or on an error that nothing has caught, after it has let go of what it holds. The log says
 * why it ends.
 * @param letGo what is to be done before; the process ends after `longestMs` at the latest, and with code 1 then
 */
export function endWithGrace(logger: Logger, letGo: () => Promise<unknown>, longestMs = 15_000): void {
  closeWithGrace({ delay: longestMs, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'the program ends: nothing has caught this error');
    else logger.info({ signal }, 'the program ends');
    await letGo();
  });
}

/**
 * The same from the first moment of a program on: what fails while it starts is written by the logger, which hides what a
 * statement was about, and a signal ends it meanwhile.
 * @returns takes what is to be done before the end, once there is something to let go of
 */
export function endWithGraceFromStart(logger: Logger): (letGo: () => Promise<unknown>) => void {
  let whatToDo: () => Promise<unknown> = () => Promise.resolve();
  endWithGrace(logger, () => whatToDo());
  return (letGo) => (whatToDo = letGo);
}
