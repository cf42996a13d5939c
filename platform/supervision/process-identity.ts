import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readProcStat } from './proc-stat.js';

/**
 * What tells a process from a later one that got the same number: when it began, as text that is only ever compared.
 * Undefined when no process has that number (a zombie counts as none: it runs nothing any more).
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

/** Is the process still the very one that was recorded, and not another that got its number later? */
export function isSameProcess(pid: number, identity: string): boolean {
  return processIdentity(pid) === identity;
}

/** Clock ticks since boot (field 22 of proc(5) stat) with the boot's id, since ticks begin anew with each boot. */
function identityFromProc(pid: number): string | undefined {
  const stat = readProcStat(pid);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  return `${bootId()}.${stat.began}`;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  } catch {
    // some containers hide it
    return '';
  }
}

function identityFromPs(pid: number): string | undefined {
  try {
    const [state = 'Z', ...began] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      // The text depends on both, and must be the same for every program that asks.
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
    })
      .trim()
      .split(/\s+/);
    return state.startsWith('Z') ? undefined : began.join(' ');
  } catch {
    // ps answers 1 for a number that no process has
    return undefined;
  }
}
