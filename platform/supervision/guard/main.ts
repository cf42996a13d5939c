import { readProcessRecords } from '../process-records.js';
import { endLeftovers } from '../end-leftovers.js';

const [dataDir, supervisor] = process.argv.slice(2);
if (dataDir === undefined || supervisor === undefined)
  throw new Error('usage: guard DATA_DIR SUPERVISOR_IDENTITY');

/** Standard input is a pipe that only the supervisor holds: its end means that the supervisor is gone, even by SIGKILL. */
process.stdin.resume().once('close', () => void endWhatIsLeft(dataDir, supervisor));

/** A new supervisor may be running by now; its processes are none of this guard's business. */
async function endWhatIsLeft(folder: string, identity: string): Promise<void> {
  const system = readProcessRecords(folder);
  if (system?.supervisor.identity !== identity) return;
  const others = system.processes.filter(({ pid }) => pid !== process.pid);
  await endLeftovers({ ...system, processes: others }, 10_000);
}
