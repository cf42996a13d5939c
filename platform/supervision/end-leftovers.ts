import { endProcess } from './end-process.js';
import { isSameProcess } from './process-identity.js';
import { type SystemRecord } from './process-records.js';

/**
 * Ends what an earlier supervisor left running when it was killed. Told by pid and start time, so that a number
 * used again by somebody else's process is never touched.
 * @param record what that supervisor last wrote
 * @param within milliseconds each gets to end by itself
 * @returns names of the processes that were ended
 */
export async function endLeftovers(record: SystemRecord, within: number): Promise<string[]> {
  const alive = record.processes.flatMap(({ name, pid, identity }) =>
    pid !== undefined && identity !== undefined && isSameProcess(pid, identity)
      ? [{ name, pid, identity }]
      : [],
  );
  // Last started first: gateways before services before databases. One after the other, so none outlives what it needs.
  for (const one of alive.reverse()) await endProcess(one, within);
  return alive.map(({ name }) => name);
}
