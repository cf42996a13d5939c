import type { Supervisor } from '#platform/supervision/supervisor.js';

export interface Ending {
  /** Has somebody asked for the end? */
  asked: () => boolean;
  /** Stops everything, then this program. */
  end: (exitCode: number) => Promise<void>;
}

/** Milliseconds between looks at whether the parent is still there. */
const lookAtParentEvery = 1_000;

/**
 * Ends the system on Ctrl-C, SIGTERM or a closed terminal; a second time, at once.
 * @param release called when nothing of the system is left
 */
export function endWhenAsked(supervisor: Supervisor, release: () => void): Ending {
  let asked = false;

  async function end(exitCode: number): Promise<void> {
    asked = true;
    await supervisor.stop();
    release();
    process.exit(exitCode);
  }

  function onSignal(): void {
    if (asked) return supervisor.kill();
    console.log('\nending all processes; again to end them at once ...');
    void end(0);
  }

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  // A terminal that is gone must not end the program before its processes.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  endWithNpm(onSignal);
  return { asked: () => asked, end };
}

/** npm killed by SIGKILL can't pass a signal on, and its user believes that everything ended with it. */
function endWithNpm(onGone: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    onGone();
  }, lookAtParentEvery);
  watch.unref();
}
