import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ComposeService } from '../compose-file/read-compose-file.js';
import { type ContainerFiles, containerScript, runAs } from './container-script.js';
import type { Network } from './network.js';
import type { ImageContents } from './read-dockerfile.js';
import { nodeUid, type Program, standardPath, standInFor } from './stand-ins.js';

export interface Output {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface Container {
  name: string;
  program: Program;
  /** The end of what it printed. */
  printed(): string;
  /** Resolves once it has ended. */
  ended: Promise<Output>;
  /** Runs a command in it, as `docker exec` does. */
  exec(command: readonly string[]): Promise<Output>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
  /** The most memory that it had, in bytes. */
  peakMemory(): Promise<number>;
}

export interface Place {
  repository: string;
  /** Where roots and volumes are made. */
  folder: string;
  image: ImageContents;
  network: Network;
}

/**
 * Starts a container of a service.
 * @param args instead of the service's command, as of `docker compose run`
 */
export function runContainer(
  place: Place,
  name: string,
  service: ComposeService,
  args?: readonly string[],
): Container {
  const program = service.image === 'strangler' ? ownProgram(place, service, args) : standInFor(service);
  const rootFolder = join(place.folder, 'roots', name);
  mkdirSync(rootFolder, { recursive: true });
  const script = `${rootFolder}.sh`;
  writeFileSync(
    script,
    containerScript(filesOf(place, rootFolder, service, program), program, program.command),
  );
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${name}`, 'unshare', '--mount', '--propagation', 'private', 'bash', script],
    { env: program.environment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = collect(child);
  return {
    name,
    program,
    printed: () => output.printed().slice(-4_000),
    ended: output.ended,
    exec: (command) => {
      const where = ['--target', String(child.pid), '--mount', '--net', '--root', '--wd=/'];
      return collect(
        spawn('nsenter', [...where, ...runAs(program, command)], {
          env: program.environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      ).ended;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await output.ended;
    },
    peakMemory: () => peakMemory(child.pid ?? 0),
  };
}

function ownProgram(
  { image }: Place,
  { entrypoint, command, environment }: ComposeService,
  args?: readonly string[],
): Program {
  return {
    command: [...entrypoint, ...(args ?? command)],
    environment: { PATH: standardPath, ...image.environment, ...environment },
    workdir: image.workdir,
    uid: nodeUid,
    port: 0,
  };
}

function filesOf(
  place: Place,
  rootFolder: string,
  service: ComposeService,
  { uid }: Program,
): ContainerFiles {
  const { repository, folder, image, network } = place;
  const own = service.image === 'strangler';
  return {
    ...{ rootFolder, repository, hosts: network.hosts, node: process.execPath },
    tmpfs: service.tmpfs,
    readOnly: service.read_only,
    image: own ? image : undefined,
    mounts: service.volumes.map((volume) => {
      const [source = '', target = ''] = volume.split(':');
      if (source.startsWith('.'))
        return { source: resolve(repository, source), target, file: true, owner: undefined };
      // A new volume takes over the owner of the image's folder.
      const owner = own ? (target === image.writable ? nodeUid : 0) : uid;
      return { source: join(folder, 'volumes', source), target, file: false, owner };
    }),
  };
}

/** What a process prints, and how it ends. */
export function collect(child: ChildProcess): { printed: () => string; ended: Promise<Output> } {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<Output>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) =>
      done({ exitCode: code ?? 1, stdout, stderr: signal === null ? stderr : `${stderr}${signal}` }),
    );
  });
  return { printed: () => stdout + stderr, ended };
}

async function peakMemory(pid: number): Promise<number> {
  const [, kilobytes = '0'] =
    /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
