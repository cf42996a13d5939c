import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { readProcStat } from './proc-stat.js';

const run = promisify(execFile);

/** A process that listens at a port. */
export interface Listener {
  pid: number;
  /** Its process group: the pid of the group's leader. */
  group: number;
}

/**
 * Which processes of this user listen at a port of this machine.
 * @param group only those of this process group
 * @returns undefined where the machine doesn't tell
 */
export async function whoListens(port: number, group?: number): Promise<Listener[] | undefined> {
  return process.platform === 'linux' ? askProc(port, group) : askLsof(port, group);
}

/** `/proc/net/tcp` lists the sockets that listen, and each process's `fd` folder the sockets that it holds; see proc(5). */
function askProc(port: number, group: number | undefined): Listener[] | undefined {
  try {
    const sockets = new Set([...socketsAt(port, '/proc/net/tcp'), ...socketsAt(port, '/proc/net/tcp6')]);
    if (sockets.size === 0) return [];
    // Nearly always the leader itself: then the others need not be read.
    if (group !== undefined && holdsOneOf(sockets, group)) return [{ pid: group, group }];
    return processes(group).filter(({ pid }) => holdsOneOf(sockets, pid));
  } catch {
    // e.g. a container that hides /proc/net
    return undefined;
  }
}

function socketsAt(port: number, table: string): string[] {
  const listening = '0A';
  return readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, address, , state]) => state === listening && parseInt(address?.split(':')[1] ?? '', 16) === port,
    )
    .map((fields) => `socket:[${fields[9]}]`);
}

function processes(group: number | undefined): Listener[] {
  return readdirSync('/proc').flatMap((name) => {
    const found = /^\d+$/.test(name) ? readProcStat(Number(name)) : undefined;
    if (found === undefined || (group !== undefined && found.group !== group)) return [];
    return [{ pid: Number(name), group: found.group }];
  });
}

function holdsOneOf(sockets: ReadonlySet<string>, pid: number): boolean {
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).some((name) => sockets.has(targetOf(`${folder}/${name}`)));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // another user's, or it has ended
    return [];
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // closed in the meantime
    return '';
  }
}

async function askLsof(port: number, group: number | undefined): Promise<Listener[] | undefined> {
  try {
    const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpg'], {
      timeout: 5_000,
    });
    return readLsof(stdout).filter((one) => group === undefined || one.group === group);
  } catch (error) {
    // It answers 1 when nothing listens; anything else means that it could not look.
    return (error as { code?: unknown }).code === 1 ? [] : undefined;
  }
}

/** Reads lsof's output of fields: `p` and the pid, then `g` and the group, one a line. */
export function readLsof(output: string): Listener[] {
  return [...output.matchAll(/^p(\d+)\ng(\d+)$/gm)].map(([, pid, group]) => ({
    pid: Number(pid),
    group: Number(group),
  }));
}
