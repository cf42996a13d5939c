import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command in field 2 may hold spaces and brackets, so fields are counted from its last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || ticks === undefined) return undefined;
  const boot = readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim().slice(0, 8) ?? '';
  return `${boot}.${ticks}`;
}

function identityFromPs(pid: number): string | undefined {
  try {
    const [state = 'Z', ...began] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+/);
    return state.startsWith('Z') ? undefined : began.join(' ');
  } catch {
    // ps answers 1 for a number that no process has
    return undefined;
  }
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // the process ended, which is an answer
    return undefined;
  }
}
