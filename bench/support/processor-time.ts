import { readFileSync } from 'node:fs';

/** Clock ticks per second in /proc, the same on all Linux that we know. */
const ticks = 100;

/** Processor time that processes have taken so far, in seconds, or undefined where there is no /proc. */
export function processorTime(pids: readonly number[]): number | undefined {
  try {
    return pids.reduce((sum, pid) => sum + timeOf(pid), 0);
  } catch {
    return undefined;
  }
}

function timeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}
