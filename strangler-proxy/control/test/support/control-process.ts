import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, ownProcess } from '../../../../sidecar/test/support/own-servers.js';
import { testServers } from '../../../../tests/support/servers.js';
import { programArguments } from '../../../../tests/support/program-arguments.js';
import { wideMs } from '../../../../tests/support/wide-limits.js';
import { operator } from './controlled-system.js';

/** The real program, in a process of its own. */
export interface ControlProcess {
  url: string;
  kill(): Promise<void>;
  /** Stops it dead for some milliseconds, as a busy machine might. */
  suspend(milliseconds: number): Promise<void>;
  start(): Promise<void>;
  leads(): Promise<boolean>;
}

/** Milliseconds without an answer after which a process counts as standing still. */
const standsStillAfter = 3_000;

const root = join(import.meta.dirname, '../../../..');

/** @param upstreams where the programs of the sides answer @param differently environment of its own */
export async function controlProcess(
  capability: string,
  journalUrl: string,
  upstreams: { monolith: string; service: string },
  differently: Record<string, string> = {},
): Promise<ControlProcess> {
  const { natsUrl, unleashUrl, unleashClientToken, unleashAdminToken } = testServers();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(await mkdtemp(join(tmpdir(), 'control-')), 'gateway.yaml');
  await writeFile(
    config,
    JSON.stringify({
      monolith: upstreams.monolith,
      nats: natsUrl,
      flags: { unleash: unleashUrl, token: unleashClientToken },
      capabilities: { [capability]: { service: upstreams.service } },
    }),
  );
  const { NODE_OPTIONS: _ofJest, ...inherited } = process.env;
  const program = join(root, 'strangler-proxy/control/main.ts');
  const own = ownProcess(
    process.execPath,
    [...programArguments(program), '--config', config],
    () => answers(new URL('/health/ready', url)),
    {
      ...inherited,
      PORT: String(port),
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'info',
      MYSQL_URL: journalUrl,
      UNLEASH_ADMIN_TOKEN: unleashAdminToken,
      CONTROL_TOKEN: operator,
      CONTROL_THROW_AWAY_DATA: 'true',
      CONTROL_VERIFY: 'false',
      CONTROL_LEASE: '3000',
      CONTROL_INTERVAL: '200',
      CONTROL_RELEASE_PATIENCE: String(wideMs),
      CONTROL_GRANT_PATIENCE: String(wideMs),
      CONTROL_MIN_REQUEST_TIMEOUT: String(wideMs),
      CONTROL_MOST_LAG: String(wideMs),
      // Many small hand-overs: the more of them, the more moments in which to be killed.
      CONTROL_STEPS_FORWARD: '1,2',
      CONTROL_STEPS_BACK: '2',
      ...differently,
    },
  );
  await own.start();
  return {
    url,
    ...own,
    async leads() {
      const figures = await fetch(new URL('/metrics', url), {
        signal: AbortSignal.timeout(standsStillAfter),
      });
      return (await figures.text()).includes('strangler_control_leads 1');
    },
  };
}

async function answers(url: URL): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
