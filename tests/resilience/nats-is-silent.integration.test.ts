import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programArguments } from '../support/program-arguments.js';
import { createTestDatabase, type TestDatabase, testServers } from '../support/servers.js';
import { type SilentBroker, startSilentBroker } from '../support/silent-broker.js';
import { until } from '../support/until.js';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'silent-nats-'));
let database: TestDatabase;
let broker: SilentBroker;
let child: ChildProcess;
let closed: Promise<unknown[]>;

beforeAll(async () => {
  database = await createTestDatabase('silent');
});
afterEach(async () => {
  child.kill('SIGKILL');
  await broker.close();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

interface Program {
  main: string;
  args?: string[];
  /** What its log says once it works without NATS, or waits for it. */
  running: string;
  environment: Record<string, string>;
}

/** A configuration of a gateway that asks NATS, and waits for it no longer than a moment. */
function configured(): string[] {
  const file = join(folder, 'gateway.json');
  writeFileSync(
    file,
    JSON.stringify({
      monolith: 'http://127.0.0.1:1',
      nats: broker.url,
      natsTimeouts: { ownership: '300ms' },
      flags: { unleash: 'http://127.0.0.1:1', token: 'none' },
      capabilities: { inventory: { service: 'http://127.0.0.1:1' } },
      endpoints: [{ endpoint: 'PUT /inventory/{id}', capability: 'inventory', key: 'path.id' }],
    }),
  );
  return ['--config', file];
}

const gateway = (): Program => ({
  main: 'strangler-proxy/gateway/main.ts',
  args: [...configured(), '--port', '0', '--admin-port', '0'],
  running: 'gateway is up',
  environment: {},
});

const controlPlane = (): Program => ({
  main: 'strangler-proxy/control/main.ts',
  args: configured(),
  running: 'the control plane starts, once it has NATS',
  environment: { MYSQL_URL: database.url, CONTROL_TOKEN: 'x'.repeat(16), UNLEASH_ADMIN_TOKEN: 'none' },
});

const service = (): Program => ({
  main: 'extracted/inventory/main.ts',
  running: 'inventory is listening',
  environment: { MYSQL_URL: database.url, NATS_URL: broker.url },
});

/** @returns all that the program's log has said so far */
function start({ main, args = [], environment }: Program): () => string {
  child = spawn(process.execPath, [...programArguments(join(root, main)), ...args], {
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => (output += text.toString()));
  closed = once(child, 'close');
  return () => output;
}

/** Waits until the log says something. @throws when the program has ended before */
const says = (output: () => string, text: string) =>
  until(`the log says "${text}"`, () => {
    if (child.exitCode !== null) throw new Error(`the program has ended: ${output()}`);
    return output().includes(text);
  });

/** Asks the program to end. @returns its exit code and signal, once its output has been read to the end */
function ended(): Promise<unknown[]> {
  child.kill('SIGTERM');
  return closed;
}

const programs: [string, () => Program, string][] = [
  ['a gateway', gateway, 'gateway drains'],
  ['the control plane', controlPlane, 'the program ends'],
  ['a service', service, 'the program ends'],
];

describe.each(programs)('%s', (_name, describeProgram, reason) => {
  const told = (output: string) =>
    output
      .split('\n')
      .filter((line) => line.includes(reason))
      .map((line) => (JSON.parse(line) as { signal: string }).signal);

  it('ends when it is asked to, though its NATS has never said a word, and says why', async () => {
    broker = await startSilentBroker();
    const program = describeProgram();
    const output = start(program);
    await says(output, program.running);
    await until('it has asked NATS', () => broker.open() > 0);
    expect(await ended()).toEqual([0, null]);
    expect(told(output())).toEqual(['SIGTERM']);
  });

  it('ends when it is asked to, though its NATS is not there, and says why', async () => {
    broker = await startSilentBroker();
    const program = describeProgram();
    await broker.close();
    const output = start(program);
    await says(output, program.running);
    expect(await ended()).toEqual([0, null]);
    expect(told(output())).toEqual(['SIGTERM']);
  });
});

describe('a gateway that had NATS', () => {
  it.each(['cut', 'kept'] as const)('ends when its connection was %s, and nobody answers', async (how) => {
    broker = await startSilentBroker(testServers().natsUrl);
    const output = start(gateway());
    await says(output, 'gateway is up');
    await until('it has NATS', () => broker.open() > 0);
    broker.fallSilent(how);
    expect(await ended()).toEqual([0, null]);
    expect(output()).toContain('gateway has ended');
  });
});
