import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { openLog } from './bounded-log.js';
import { explainFileError } from './explain-file-error.js';
import type { ManagedProcess } from './managed-process.js';

type Launch = Pick<ManagedProcess, 'command' | 'args' | 'env' | 'cwd' | 'watchesSupervisor'>;

export interface LaunchedProcess {
  /** Undefined when it could not be started at all. */
  pid: number | undefined;
  /** Resolves with how it ended, e.g. `exit code 1` or `signal SIGKILL`. */
  ended: Promise<string>;
}

/**
 * Starts a program as leader of its own process group, so that Ctrl-C in a terminal reaches the supervisor alone,
 * which then ends everything in order.
 * @param log file that receives its standard output and error
 */
export function launchProcess(spec: Launch, log: string): LaunchedProcess {
  try {
    return launch(spec, openLog(log));
  } catch (error) {
    // e.g. a full disk, or a log of another user's: a start that failed, as any other.
    return {
      pid: undefined,
      ended: Promise.resolve(`could not be started: ${explainFileError(error).message}`),
    };
  }
}

function launch(spec: Launch, output: number): LaunchedProcess {
  try {
    return spawnWith(spec, output);
  } finally {
    closeSync(output);
  }
}

function spawnWith(spec: Launch, output: number): LaunchedProcess {
  const child = spawn(spec.command, spec.args, {
    env: spec.env,
    detached: true,
    stdio: [spec.watchesSupervisor ? 'pipe' : 'ignore', output, output],
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  // A pipe to a process that has died: its death is reported by `ended`.
  child.stdin?.on('error', () => undefined);
  return { pid: child.pid, ended: howItEnds(child) };
}

function howItEnds(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
}
