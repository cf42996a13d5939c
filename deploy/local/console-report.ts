import pc from 'picocolors';
import type { SupervisorReport } from '#platform/supervision/supervisor.js';

/**
 * Tells a person on the console what the supervisor does.
 * @param progress false leaves out what went well
 */
export function consoleReport(progress: boolean): SupervisorReport {
  return {
    done: (name, took, detail) => {
      if (progress)
        console.log(`${pc.green('✔')} ${name.padEnd(18)} ${seconds(took).padStart(6)}   ${pc.dim(detail)}`);
    },
    died: ({ name, how, restartIn, log, lastLines }) => {
      console.error(pc.yellow(`! ${name} died (${how}); starting it again in ${seconds(restartIn)}`));
      if (lastLines.length > 0)
        console.error(
          [`  it keeps dying; ${log} ends with:`, ...lastLines.map((line) => `    ${line}`)].join('\n'),
        );
    },
    back: (name, pid, took) =>
      console.error(pc.green(`✔ ${name} is back (pid ${pid}) after ${seconds(took)}`)),
    warn: (message) => console.error(pc.yellow(`! ${message}`)),
  };
}

/** Milliseconds as people read them. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
