import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManagedProcess } from './managed-process.js';
import { processIdentity } from './process-identity.js';

/**
 * A process that does nothing but wait for the supervisor to vanish, and then ends what it left behind.
 * List it first and let everything depend on it. When both are killed, the next start cleans up instead.
 */
export function guardProcess(dataDir: string): ManagedProcess {
  // As this very program runs: compiled, or from the sources under a loader.
  const program = new URL(`guard/main${extname(import.meta.url)}`, import.meta.url);
  return {
    name: 'guard',
    command: process.execPath,
    args: [...process.execArgv, fileURLToPath(program), dataDir, processIdentity(process.pid) ?? ''],
    env: {},
    about: 'ends everything should this program be killed',
    dependsOn: [],
    watchesSupervisor: true,
    ready: () => Promise.resolve(),
    stopWithin: 1_000,
  };
}
