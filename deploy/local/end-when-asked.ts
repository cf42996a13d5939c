import type { Supervisor } from '#platform/supervision/supervisor.js';

export interface Ending {
  /** Has somebody asked for the end? */
  asked: () => boolean;
  /** Stops everything, then this program. */
  end: (exitCode: number) => Promise<void>;
}

/** Milliseconds between looks at whether the parent is still there. */
const lookAtParentEvery = 250;
/** A signal that comes sooner than that after the first is the same one: npm passes on what the terminal sent already. */
const sameSignalWithin = 1_000;

/**
 * Ends the system on Ctrl-C, SIGTERM or a closed terminal; a second Ctrl-C ends it at once.
 * @param release called when nothing of the system is left
 * @param underNpm npm runs this program, so it ends with npm
 */
export function endWhenAsked(supervisor: Supervisor, release: () => void, underNpm: boolean): Ending {
  let askedAt: number | undefined;

  async function end(exitCode: number): Promise<void> {
    askedAt ??= Date.now();
    await supervisor.stop();
    release();
    console.log('Everything has ended.');
    process.exit(exitCode);
  }

  function ask(): void {
    if (askedAt !== undefined) return;
    console.log('\nEnding all processes; Ctrl-C again ends them at once.');
    void end(0);
  }

  function askAgain(): void {
    if (askedAt === undefined) ask();
    else if (Date.now() - askedAt > sameSignalWithin) supervisor.kill();
  }

  process.on('SIGINT', askAgain);
  process.on('SIGTERM', askAgain);
  process.on('SIGHUP', ask);
  // A terminal that is gone must not end the program before its processes.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  if (underNpm) endWithNpm(ask);
  return { asked: () => askedAt !== undefined, end };
}

/** A killed npm can't pass a signal on, and its user believes that everything ended with it. */
function endWithNpm(onGone: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onGone();
  }, lookAtParentEvery);
  watch.unref();
}
