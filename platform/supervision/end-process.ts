import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess } from './process-identity.js';

/** A process that was started as leader of its own group. */
export interface StartedProcess {
  pid: number;
  identity: string;
}

/**
 * Ends a process that is not our child: SIGTERM, then SIGKILL for it and all that it started. Does nothing when it is gone.
 * @param within milliseconds it gets to end by itself
 */
export async function endProcess({ pid, identity }: StartedProcess, within: number): Promise<void> {
  if (!isSameProcess(pid, identity)) return;
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + within;
  while (isSameProcess(pid, identity) && Date.now() < deadline) await sleep(50);
  killGroup(pid);
  while (isSameProcess(pid, identity)) await sleep(20);
}

/** SIGKILL for a whole process group: its leader, if it still runs, and workers that outlived it. */
export function killGroup(leader: number): void {
  signal(-leader, 'SIGKILL');
}

/** Sends a signal; a process that has just ended is what we wanted anyway. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
