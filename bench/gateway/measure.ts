import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One run of load against one contestant. */
export interface Measured {
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  failed: number;
  /** Microseconds of the proxy's processor time per request. */
  cpu: number | undefined;
}

export interface Load {
  core: number;
  connections: number;
  seconds: number;
}

/** Loads an address by wrk, pinned to a core. @param pid the proxy's process, whose processor time is counted */
export async function measure(
  url: string,
  { core, connections, seconds }: Load,
  pid: number | undefined,
): Promise<Measured> {
  const before = pid === undefined ? 0 : cpuSeconds(pid);
  const { stdout } = await run('taskset', [
    '-c',
    String(core),
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    url,
  ]);
  const after = pid === undefined ? 0 : cpuSeconds(pid);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  const errors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
    p50: milliseconds(/50%\s+(\S+)/.exec(stdout)?.[1]),
    p99: milliseconds(/99%\s+(\S+)/.exec(stdout)?.[1]),
    failed: errors.reduce((sum, count) => sum + Number(count), bad),
    cpu: pid === undefined || requests === 0 ? undefined : ((after - before) * 1e6) / requests,
  };
}

function milliseconds(text = ''): number {
  const value = Number.parseFloat(text);
  if (text.endsWith('us')) return value / 1000;
  return text.endsWith('ms') ? value : value * 1000;
}

/** Clock ticks per second in /proc, the same on all Linux that we know. */
const ticks = 100;

/** Processor time of a process and of those it started: a master's workers count, too. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / ticks;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return children.reduce((sum, child) => sum + cpuSeconds(Number(child)), own);
}
