import { isPortFree } from './is-port-free.js';
import type { ManagedProcess } from './managed-process.js';
import type { Probe } from './probes.js';
import { whoListens } from './who-listens.js';

type Listening = Pick<ManagedProcess, 'ready' | 'port' | 'alsoListensOn'>;

/**
 * Ready when the process can do its work, and when it was this process that answered: another program at its port, even
 * another system with the same passwords, does not make it ready.
 * @param group its process group: itself and what it started
 */
export function answeredByItself(program: Listening, group: number): Probe {
  return async (signal) => {
    await program.ready(signal);
    for (const port of portsOf(program)) {
      const own = await whoListens(port, group);
      if (own?.length === 0)
        throw new Error((await portConflict(port, group)) ?? `it doesn't listen on port ${port} yet`);
    }
  };
}

/**
 * Says that another program listens at one of the ports of a process, if so: that is why it can't be started.
 * @param group the process group that is no other
 */
export async function findConflict(
  program: Listening,
  group: number | undefined,
): Promise<string | undefined> {
  for (const port of portsOf(program)) {
    const conflict = await portConflict(port, group);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

async function portConflict(port: number, group: number | undefined): Promise<string | undefined> {
  if (await isPortFree(port)) return undefined;
  const found = (await whoListens(port)) ?? [];
  if (found.some((one) => one.group === group)) return undefined;
  const pid = found[0] === undefined ? '' : ` (pid ${found[0].pid})`;
  return (
    `port ${port} is in use by another program${pid}: ` +
    'end that program, or start the system again to use another port'
  );
}

function portsOf({ port, alsoListensOn = [] }: Listening): number[] {
  return port === undefined ? [...alsoListensOn] : [port, ...alsoListensOn];
}
