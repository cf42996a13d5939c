import { join } from 'node:path';
import type { SidecarStatus } from '../../serve-admin.js';
import { freePort, ownProcess } from './own-servers.js';

/** The real program, in a process of its own. */
export interface SidecarProcess {
  adminUrl: string;
  kill(): Promise<void>;
  suspend(milliseconds: number): Promise<void>;
  terminate(): Promise<number | null>;
  start(): Promise<void>;
  status(): Promise<SidecarStatus>;
}

const root = join(import.meta.dirname, '../../..');

/** @param environment what differs from the defaults of a test */
export async function sidecarProcess(
  side: 'monolith' | 'service',
  mysqlUrl: string,
  natsUrl: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<SidecarProcess> {
  const port = await freePort();
  const adminUrl = `http://127.0.0.1:${port}`;
  const { NODE_OPTIONS: _ofJest, ...inherited } = process.env;
  const program = ownProcess(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', join(root, 'sidecar/main.ts')],
    () => isLive(adminUrl),
    {
      ...inherited,
      PORT: String(port),
      SIDECAR_SIDE: side,
      SIDECAR_MOVES: 'inventory',
      SIDECAR_MOVES_MODULE: join(import.meta.dirname, 'stock-move.ts'),
      MYSQL_URL: mysqlUrl,
      NATS_URL: natsUrl,
      PROGRAM_NAME: side,
      PROGRAM_URL: 'http://127.0.0.1:9',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'info',
      ...environment,
    },
  );
  await program.start();
  return {
    adminUrl,
    ...program,
    status: async () => (await (await fetch(`${adminUrl}/status`)).json()) as SidecarStatus,
  };
}

async function isLive(adminUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${adminUrl}/health/live`)).ok;
  } catch {
    return false;
  }
}
