import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** What the operating system knows about a process. */
export interface RunningProgram {
  /** Path of the binary. */
  program: string;
  uid: number;
}

/** @throws when no process has that number */
export function runningProgram(pid: number): RunningProgram {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): RunningProgram {
  const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { program: readlinkSync(`/proc/${pid}/exe`), uid: Number(uid) };
}

function fromPs(pid: number): RunningProgram {
  const line = execFileSync('ps', ['-o', 'uid=,comm=', '-p', String(pid)], { encoding: 'utf8' });
  const [, uid, program = ''] = /^\s*(\d+)\s+(.*)/.exec(line) ?? [];
  return { program, uid: Number(uid) };
}
