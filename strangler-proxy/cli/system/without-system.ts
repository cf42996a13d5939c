import { listProcesses } from '#platform/supervision/list-processes.js';

/** What to do when a data folder holds no addresses: nothing runs there, or it is still starting. */
export function withoutSystem(dataDir: string): string {
  return listProcesses(dataDir) === undefined
    ? `There is no system in ${dataDir}: start one with "npm start", or name its folder with --data-dir. For one in containers, use "docker compose run --rm cli".`
    : `The system in ${dataDir} has not come up yet: "npx strangler ps" shows how far it is.`;
}
