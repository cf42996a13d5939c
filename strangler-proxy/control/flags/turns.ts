/** Does work when all that was handed over before is done with. */
export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** One after the other, in the order of the calls; one that fails does not keep the next from its turn. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };
}
