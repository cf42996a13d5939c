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

/** How long a container that lives may take: far longer than Docker waits, since a busy machine says nothing of the file. */
const patience = 840_000;

/** How often one that ends by itself is started again, as its restart policy says; a fault shows soon enough. */
const restarts = 3;

/**
 * Starts all services, each when its dependencies are healthy or have ended well.
 * @returns their containers
 * @throws with what it printed, when one ends again and again, or doesn't become healthy
 */
export async function bringUp(place: Place, file: ComposeFile): Promise<Map<string, Container>> {
  const services = new Map(startedServices(file));
  const starting = new Map<string, Promise<Container>>();

  function start(name: string): Promise<Container> {
    const before = starting.get(name);
    if (before) return before;
    const service = services.get(name);
    if (service === undefined) throw new Error(`no service ${name} is started`);
    const started = Promise.all(Object.keys(service.depends_on).map(start)).then(async () => {
      for (const port of service.ports) await publishPort(port, place.network.addressOf(name));
      return runUntilUp(place, name, service);
    });
    starting.set(name, started);
    return started;
  }

  await Promise.all([...services.keys()].map(start));
  const entries = [...starting].map(async ([name, container]) => [name, await container] as const);
  return new Map(await Promise.all(entries));
}

/** Starts a service's container, and again where it ends by itself. @throws with what the last one printed */
export async function runUntilUp(place: Place, name: string, service: ComposeService): Promise<Container> {
  for (let attempt = 0; ; attempt++) {
    const container = runContainer(place, name, service);
    if (await comesUp(container, service)) return container;
    if (attempt < restarts) continue;
    throw new Error(`${name} ended by itself ${attempt + 1} times:\n${container.printed()}`);
  }
}

/** @returns false if the container ended otherwise than it should */
async function comesUp(container: Container, service: ComposeService): Promise<boolean> {
  if (isOneShot(service)) return (await container.ended).exitCode === 0;
  const over = new AbortController();
  const ended = container.ended.then(() => false);
  return Promise.race([ended, untilHealthy(container, service, over.signal)]).finally(() => over.abort());
}

async function untilHealthy(
  container: Container,
  service: ComposeService,
  over: AbortSignal,
): Promise<boolean> {
  const command = healthCommand(container, service);
  const until = performance.now() + patience;
  let last = '';
  while (performance.now() < until && !over.aborted) {
    const { exitCode, stdout, stderr } = await container.exec(command);
    if (exitCode === 0) return true;
    last = `${command.join(' ')}: exit code ${exitCode}\n${stdout}${stderr}`;
    await sleep(lookEvery);
  }
  if (over.aborted) return false;
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
