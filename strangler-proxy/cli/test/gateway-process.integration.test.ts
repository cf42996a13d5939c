import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { programArguments } from '../../../tests/support/program-arguments.js';
import { until } from '../../../tests/support/until.js';
import { ask } from '../../gateway/test/support/http-client.js';
import { startUpstream, type Upstream } from '../../gateway/test/support/upstream.js';

const folder = mkdtempSync(join(tmpdir(), 'gateway-command-'));
const example = join(import.meta.dirname, '..', '..', 'gateway', 'gateway.example.yaml');
const main = join(import.meta.dirname, '..', 'main.ts');
let monolith: Upstream;
let shell: ChildProcess | undefined;
let url: string | undefined;

beforeAll(async () => {
  monolith = await startUpstream((incoming, response) => void response.end(`monolith ${incoming.url}`));
});
afterEach(async () => {
  shell?.kill('SIGKILL');
  // What is left running after a test that failed.
  if (gatewayPid !== undefined && isAlive(gatewayPid)) process.kill(gatewayPid, 'SIGKILL');
  gatewayPid = undefined;
});
afterAll(async () => {
  await monolith.kill();
  rmSync(folder, { recursive: true, force: true });
});

let gatewayPid: number | undefined;

/** Runs the command as `npx` does: below a shell that waits for it, and passes no signal on. */
async function runBelowShell(config: string, environment: Record<string, string>): Promise<void> {
  const words = [process.execPath, ...programArguments(main), 'gateway', '--config', config];
  const command = [...words, '--port', '0', '--admin-port', '0'].map((word) => `'${word}'`).join(' ');
  shell = spawn('sh', ['-c', `${command}; true`], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', MONOLITH_URL: monolith.url, ...environment },
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream?.on('data', (text: Buffer) => (output += text.toString()));
  await until('the gateway is up', () => {
    if (output.includes('has ended')) throw new Error(output);
    const line = output.split('\n').find((one) => one.includes('"gateway is up"'));
    if (!line) return false;
    ({ url, pid: gatewayPid } = JSON.parse(line) as { url: string; pid: number });
    return true;
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('strangler gateway', () => {
  it('runs the example as it is', async () => {
    await runBelowShell(example, {});
    expect(await ask(`${url}/orders/7`)).toMatchObject({ status: 200, body: 'monolith /orders/7' });
    expect((await ask(`${url}/files/a/b`)).body).toBe('monolith /files/a/b');
  });

  it('ends when npx is told to, which ends the shell in between and nothing else', async () => {
    const config = join(folder, 'gateway.yaml');
    writeFileSync(config, `monolith: ${monolith.url}\n`);
    await runBelowShell(config, { npm_command: 'exec' });
    shell?.kill('SIGTERM');
    await until('the gateway has ended', () => !isAlive(gatewayPid!));
    await expect(ask(`${url}/`)).rejects.toThrow('ECONNREFUSED');
  });
});
