/** What is remembered of one instance of a program, to choose among several. */
export interface Candidate {
  inFlight: number;
  failuresInARow: number;
  /** Nothing is sent before this time while another instance will do; milliseconds as of `now`. */
  ejectedUntil: number;
}

/** Failures in a row that eject an instance, and the first and longest time out, in milliseconds. */
const ejectAfter = 3;
const firstEjection = 1_000;
const longestEjection = 30_000;

/**
 * The least loaded of those that are well. One whose time out is over is tried with a single request, and stays out of
 * the way of the others until that has succeeded. Where none is well, the one whose time out is over first.
 * @param turn grows by one each time: starting elsewhere spreads requests over instances that are equally loaded
 * @param avoid one that has failed this very request, for where there is another
 */
export function chooseInstance<Instance extends Candidate>(
  instances: readonly Instance[],
  turn: number,
  now: number,
  avoid?: Instance,
): Instance | undefined {
  let best: Instance | undefined;
  for (let at = 0; at < instances.length; at++) {
    const instance = instances[(turn + at) % instances.length];
    if (instance && (!best || isBetter(instance, best, now, avoid))) best = instance;
  }
  return best;
}

/** Nothing says that it would fail a request. */
export function isWell({ failuresInARow }: Candidate): boolean {
  return failuresInARow < ejectAfter;
}

export function noteSuccess(instance: Candidate): void {
  instance.failuresInARow = 0;
  instance.ejectedUntil = 0;
}

/** @param gone there is nobody at its address: then once is enough */
export function noteFailure(instance: Candidate, now: number, gone: boolean): void {
  instance.failuresInARow = Math.max(instance.failuresInARow + 1, gone ? ejectAfter : 0);
  const over = instance.failuresInARow - ejectAfter;
  if (over >= 0) instance.ejectedUntil = now + Math.min(firstEjection * 2 ** over, longestEjection);
}

function isBetter(one: Candidate, other: Candidate, now: number, avoid: Candidate | undefined): boolean {
  if ((one === avoid) !== (other === avoid)) return other === avoid;
  const oneOut = isOut(one, now);
  const otherOut = isOut(other, now);
  if (oneOut !== otherOut) return otherOut;
  return oneOut ? one.ejectedUntil < other.ejectedUntil : one.inFlight < other.inFlight;
}

function isOut(instance: Candidate, now: number): boolean {
  return instance.ejectedUntil > now || (!isWell(instance) && instance.inFlight > 0);
}
