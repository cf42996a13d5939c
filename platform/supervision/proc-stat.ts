import { readFileSync } from 'node:fs';

/** One process as Linux tells it in `/proc/PID/stat`; see proc(5). */
export interface ProcStat {
  /** `Z` for a zombie. */
  state: string;
  /** Process group: the pid of its leader. */
  group: number;
  /** Clock ticks from the machine's start to the process's. */
  began: string;
  /** Clock ticks of processor time: its own and that of ended children that it waited for. */
  ticks: number;
}

/** Undefined when no process has that number. */
export function readProcStat(pid: number): ProcStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // the process ended, which is an answer
    return undefined;
  }
  // The command in field 2 may hold spaces and brackets, so fields are counted from its last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, group, began] = [fields[0], fields[2], fields[19]];
  if (state === undefined || group === undefined || began === undefined) return undefined;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { state, group: Number(group), began, ticks };
}
