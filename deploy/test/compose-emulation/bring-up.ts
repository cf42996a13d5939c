import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ComposeFile,
  type ComposeService,
  isOneShot,
  startedServices,
} from '../compose-file/read-compose-file.js';
import { type Container, type Place, runContainer } from './containers.js';
import { publishPort } from './network.js';
import { findProgram } from '#platform/embedded/find-program.js';

/** Between two looks at a container's health, in milliseconds; Docker's own times say how long it may take. */
const lookEvery = 300;

/**
 * Starts all services, each when its dependencies are as it wants them.
 * @returns their containers, all healthy or ended well
 * @throws with what it printed, when one ends that should not, or doesn't become healthy
 */
export async function bringUp(place: Place, file: ComposeFile): Promise<Map<string, Container>> {
  const services = new Map(startedServices(file));
  const started = new Map<string, Promise<Container>>();
  const reached = new Map<string, Promise<void>>();

  function start(name: string): Promise<Container> {
    const before = started.get(name);
    if (before) return before;
    const service = services.get(name);
    if (service === undefined) throw new Error(`no service ${name} is started`);
    const starting = Promise.all(Object.keys(service.depends_on).map(reach)).then(async () => {
      const container = runContainer(place, name, service);
      for (const port of service.ports) await publishPort(port, place.network.addressOf(name));
      return container;
    });
    started.set(name, starting);
    return starting;
  }

  function reach(name: string): Promise<void> {
    const before = reached.get(name);
    if (before) return before;
    const reaching = start(name).then((container) =>
      untilUp(container, services.get(name) as ComposeService),
    );
    reached.set(name, reaching);
    return reaching;
  }

  await Promise.all([...services.keys()].map(reach));
  const entries = [...started].map(async ([name, container]) => [name, await container] as const);
  return new Map(await Promise.all(entries));
}

/** Waits until it has done its work, or is healthy. @throws with what it printed, when it ends otherwise */
export async function untilUp(container: Container, service: ComposeService): Promise<void> {
  if (isOneShot(service)) {
    const { exitCode } = await container.ended;
    if (exitCode !== 0) throw new Error(`${container.name} ended with ${exitCode}:\n${container.printed()}`);
    return;
  }
  const gone = container.ended.then(() => {
    throw new Error(`${container.name} ended by itself:\n${container.printed()}`);
  });
  await Promise.race([gone, untilHealthy(container, service)]);
}

async function untilHealthy(container: Container, service: ComposeService): Promise<void> {
  const command = healthCommand(container, service);
  // As many checks as Docker makes at most, however long each of them takes on a slow machine.
  const checks = 240;
  let last = '';
  for (let check = 0; check < checks; check++) {
    const { exitCode, stdout, stderr } = await container.exec(command);
    if (exitCode === 0) return;
    last = `${command.join(' ')}: exit code ${exitCode}\n${stdout}${stderr}`;
    await sleep(lookEvery);
  }
  throw new Error(`${container.name} is not healthy: ${last}\n${container.printed()}`);
}

/** The health check as the compose file has it. */
export function healthCommand({ program }: Container, { image, healthcheck }: ComposeService): string[] {
  const [kind, ...words] = healthcheck?.test ?? [];
  const command = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...words] : words;
  const asked = kind === 'CMD-SHELL' ? 'mysqladmin' : (words[0] ?? '');
  if (image === 'strangler' || findProgram([asked], program.environment['PATH'] ?? '')) return command;
  // A program that comes with another project's image, and not with this machine.
  return ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${program.port}`];
}
