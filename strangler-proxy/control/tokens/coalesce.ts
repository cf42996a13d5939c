/**
 * Lets callers that wait at the same time share one run, which begins after each of them has asked. At most one run is under
 * way and one waits, however many ask.
 */
export function coalesce<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> = Promise.resolve();
  let waiting: Promise<Result> | undefined;
  return () => {
    waiting ??= running.then(() => {
      const begun = run();
      running = begun.catch(() => undefined);
      waiting = undefined;
      return begun;
    });
    return waiting;
  };
}
