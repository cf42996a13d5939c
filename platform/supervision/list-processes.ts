import { isSameProcess } from './process-identity.js';
import { type ProcessRecord, readProcessRecords } from './process-records.js';

/** One line of `strangler ps`. */
export interface ProcessRow {
  name: string;
  pid: number | null;
  port: number | null;
  url: string | null;
  /** ISO 8601 */
  upSince: string | null;
  restarts: number;
  state: ProcessRecord['state'];
  log: string;
}

/**
 * The processes of the system that runs in a data folder, in the order of their start.
 * @returns undefined when none runs there
 * @throws when its list of processes can't be read
 */
export function listProcesses(dataDir: string): ProcessRow[] | undefined {
  const system = readProcessRecords(dataDir);
  if (system === undefined || !isSameProcess(system.supervisor.pid, system.supervisor.identity))
    return undefined;
  return system.processes.map(toRow);
}

function toRow({ name, pid, port, url, upSince, restarts, state, log }: ProcessRecord): ProcessRow {
  return {
    name,
    pid: pid ?? null,
    port: port ?? null,
    url: url ?? null,
    upSince: upSince ?? null,
    restarts,
    state,
    log,
  };
}

/** The rows as a table for a terminal. */
export function processTable(rows: readonly ProcessRow[]): string {
  const cells = rows.map(({ name, pid, port, upSince, restarts, state, url }) =>
    [name, pid ?? '-', port ?? '-', state, upSince ?? '-', restarts, url ?? ''].map(String),
  );
  const table = [['NAME', 'PID', 'PORT', 'STATE', 'UP SINCE', 'RESTARTS', 'URL'], ...cells];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
