import { listProcesses, processTable } from '#platform/supervision/list-processes.js';
import { notReachable } from '../output/exit-codes.js';
import { printJson, type Terminal } from '../output/terminal.js';

/**
 * Lists the processes of the system that runs in a data folder.
 * @throws AppError `not_reachable` when none runs there
 */
export function showProcesses(dataDir: string, json: boolean, terminal: Terminal): void {
  const rows = listProcesses(dataDir);
  if (rows === undefined) {
    throw notReachable(
      `No system runs in ${dataDir}: start one with "npm start", or name the folder of another one with --data-dir. "docker compose ps" lists one in containers.`,
    );
  }
  if (json) printJson(terminal, rows);
  else terminal.print(processTable(rows));
}
