import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readProcStat } from './proc-stat.js';

/** Milliseconds of a clock tick in `/proc`: Linux tells all programs 100 ticks a second, whatever its own clock does. */
const tick = 10;

/**
 * Milliseconds of processor time that a process group has used so far, its ended children that were waited for included.
 * @param group the pid of its leader
 * @returns 0 for a group that has no process, or where the machine doesn't tell
 */
export function processorTimeOf(group: number): number {
  return process.platform === 'linux' ? fromProc(group) : fromPs(group);
}

function fromProc(group: number): number {
  const members = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcStat(Number(name)) ?? [])
    .filter((stat) => stat.group === group);
  return members.reduce((sum, { ticks }) => sum + ticks * tick, 0);
}

function fromPs(group: number): number {
  try {
    const lines = execFileSync('ps', ['-A', '-o', 'pgid=,time='], {
      encoding: 'utf8',
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
    });
    return sumOfPs(lines, group);
  } catch {
    // a machine without ps
    return 0;
  }
}

/** @param lines e.g. ` 4711   1:02.50` or ` 4711 1-02:03:04`: process group, and days, hours, minutes, seconds */
export function sumOfPs(lines: string, group: number): number {
  return lines
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([owner]) => Number(owner) === group)
    .reduce((sum, [, time = '0']) => sum + millisecondsOf(time), 0);
}

function millisecondsOf(time: string): number {
  const [clock = '0', days = '0'] = time.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1_000);
}
