import { killGroup } from './end-process.js';
import { lastLines } from './bounded-log.js';
import { launchProcess } from './launch-process.js';
import type { ManagedProcess } from './managed-process.js';

export type OneOffProgram = Pick<ManagedProcess, 'name' | 'command' | 'args' | 'env' | 'cwd'>;

/**
 * Runs a program to its end, for a step of a start.
 * @param log file for its output
 * @param signal ends it, and all that it started, at once
 * @returns the last line of its output
 * @throws with its last lines when it fails
 */
export async function runOnce(program: OneOffProgram, log: string, signal: AbortSignal): Promise<string> {
  const { pid, ended } = launchProcess(program, log);
  const kill = () => pid !== undefined && killGroup(pid);
  signal.addEventListener('abort', kill, { once: true });
  const how = await ended;
  signal.removeEventListener('abort', kill);
  if (how === 'exit code 0') return lastLines(log, 1)[0] ?? '';
  const tail = lastLines(log, 8).map((line) => `    ${line}`);
  throw new Error([`${program.name} failed: ${how}. Its log, ${log}, ends with:`, ...tail].join('\n'));
}
