import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programArguments } from '../../support/program-arguments.js';

/** A gateway in a process of its own. */
export interface KillableGateway {
  url: string;
  adminUrl: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

const main = join(import.meta.dirname, '../../../strangler-proxy/gateway/main.ts');

/** Starts a gateway on free ports. @param folder where its configuration is written */
export async function startKillableGateway(
  folder: string,
  config: Record<string, unknown>,
): Promise<KillableGateway> {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, JSON.stringify(config));
  const { NODE_OPTIONS: _ofJest, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    [...programArguments(main), '--config', file, '--port', '0', '--admin-port', '0'],
    { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const { url, adminUrl } = await addressesOf(child);
  return {
    url,
    adminUrl,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function addressesOf(child: ChildProcess): Promise<{ url: string; adminUrl: string }> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as { msg: string; url: string; adminUrl: string };
      if (entry.msg === 'gateway is up') resolve(entry);
    });
    lines.once('close', () => reject(new Error('the gateway has ended before it was up')));
  });
}
