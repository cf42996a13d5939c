import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createConnection } from 'mysql2/promise';
import { readComposeSecrets } from '../compose-file/compose-secrets.js';
import { readComposeFile } from '../compose-file/read-compose-file.js';
import { bringUp, healthCommand, runUntilUp } from './bring-up.js';
import { collect, type Container, type Place, runContainer } from './containers.js';
import { createNetwork } from './network.js';
import { readDockerfile } from './read-dockerfile.js';
import type { Answer, Question } from './start-emulation.js';

// Runs in namespaces of its own, and takes questions from its standard input. All that it has started ends with it.
const [repository = '', folder = ''] = process.argv.slice(2);
const secrets = readComposeSecrets(join(folder, '.env'));
const file = readComposeFile(readFileSync(join(repository, 'docker-compose.yml'), 'utf8'), secrets);
mkdirSync(join(folder, 'volumes'));
// In memory: a disk that is slow to flush would only make this slow.
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(folder, 'volumes')]);
const place: Place = {
  ...{ repository, folder },
  image: readDockerfile(readFileSync(join(repository, 'Dockerfile'), 'utf8')),
  network: createNetwork(Object.keys(file.services)),
};
let containers = new Map<string, Container>();

const answers: {
  [Kind in Question['kind']]: (question: Extract<Question, { kind: Kind }>) => Promise<Answer>;
} = {
  up: async () => {
    containers = await bringUp(place, file);
    return { exitCode: 0, stdout: [...containers.keys()].join(' '), stderr: '' };
  },
  cli: ({ args }) => runContainer(place, 'cli', serviceOf('cli'), args).ended,
  host: ({ script }) =>
    collect(spawn('bash', ['-ec', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })).ended,
  get: async ({ url }) => {
    const response = await fetch(url);
    const side = response.headers.get('x-served-by');
    const stdout = JSON.stringify({ status: response.status, side, body: await response.json() });
    return { exitCode: 0, stdout, stderr: '' };
  },
  exec: ({ service, command }) => containerOf(service).exec(command),
  health: ({ service }) => containerOf(service).exec(healthCommand(containerOf(service), serviceOf(service))),
  restart: async ({ service }) => {
    await containerOf(service).stop();
    containers.set(service, await runUntilUp(place, service, serviceOf(service)));
    return { exitCode: 0, stdout: '', stderr: '' };
  },
  memory: async ({ service }) => {
    const stdout = String(await containerOf(service).peakMemory());
    return { exitCode: 0, stdout, stderr: '' };
  },
  sql: async ({ statement }) => {
    const password = secrets['MYSQL_ROOT_PASSWORD'] ?? '';
    const database = await createConnection(
      `mysql://root:${password}@${place.network.addressOf('mysql')}:3306/`,
    );
    await database.query(statement);
    await database.end();
    return { exitCode: 0, stdout: '', stderr: '' };
  },
};

createInterface({ input: process.stdin })
  .on('line', (line) => void answer(JSON.parse(line) as Question & { id: number }))
  .on('close', () => process.exit(0));

async function answer({ id, ...question }: Question & { id: number }): Promise<void> {
  const act = answers[question.kind] as (asked: Question) => Promise<Answer>;
  const result = await act(question).catch((error: unknown) => ({
    ...{ exitCode: 1, stdout: '' },
    stderr: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  process.stdout.write(`${JSON.stringify({ id, ...result })}\n`);
}

function serviceOf(name: string) {
  const service = file.services[name];
  if (service === undefined) throw new Error(`there is no service ${name}`);
  return service;
}

function containerOf(name: string): Container {
  const container = containers.get(name);
  if (container === undefined) throw new Error(`no container of ${name} runs`);
  return container;
}
