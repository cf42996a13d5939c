import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { programArguments } from '../../../tests/support/program-arguments.js';
import { eventually } from './support/eventually.js';
import { ask } from './support/http-client.js';
import { startUpstream, type Upstream } from './support/upstream.js';

const folder = mkdtempSync(join(tmpdir(), 'gateway-process-'));
let monolith: Upstream;

beforeAll(async () => {
  monolith = await startUpstream((_incoming, response) => void setTimeout(() => response.end('ok'), 20));
});

afterAll(async () => {
  await monolith.kill();
  rmSync(folder, { recursive: true, force: true });
});

interface Program {
  child: ChildProcess;
  output: () => string;
}

/** Runs the program as a process of its own. */
function run(yaml: string, args: string[] = ['--port', '0', '--admin-port', '0']): Program {
  const file = join(folder, `${process.hrtime.bigint()}.yaml`);
  writeFileSync(file, yaml);
  const main = join(import.meta.dirname, '..', 'main.ts');
  const child = spawn(process.execPath, [...programArguments(main), '--config', file, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => (output += text.toString()));
  return { child, output: () => output };
}

function addressIn(output: string): string {
  const line = output.split('\n').find((one) => one.includes('gateway is up'));
  if (!line) throw new Error(`not up yet: ${output}`);
  return (JSON.parse(line) as { url: string }).url;
}

describe('the gateway as a program', () => {
  it('runs on one line of configuration, and ends on SIGTERM without failing a request', async () => {
    const { child, output } = run(`monolith: ${monolith.url}\n`);
    const url = await eventually(() => addressIn(output()));
    const inFlight = Array.from({ length: 20 }, () => ask(url));
    await eventually(() => expect(monolith.requests()).toBe(20));
    child.kill('SIGTERM');
    const answers = await Promise.all(inFlight);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 ok']));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output()).toContain('gateway has ended');
  });

  it('says what is wrong with its configuration or its arguments, and fails', async () => {
    const wrong = run('monolit: http://127.0.0.1:1\n');
    expect(await once(wrong.child, 'close')).toEqual([1, null]);
    expect(wrong.output()).toMatch(/line 1: .*doesn't know "monolit" \(did you mean "monolith"\?\)/);
    const port = run(`monolith: ${monolith.url}\n`, ['--port', 'http']);
    expect(await once(port.child, 'close')).toEqual([1, null]);
    expect(port.output()).toContain('"http" is no port: give a whole number from 0 to 65535');
  });

  it('ends with a message when its port is taken, and leaves nothing running', async () => {
    const taken = new URL(monolith.url).port;
    const { child, output } = run(`monolith: http://127.0.0.1:1\n`, ['--port', '0', '--admin-port', taken]);
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(output()).toContain(`127.0.0.1:${taken} is taken by another process`);
  });
});
