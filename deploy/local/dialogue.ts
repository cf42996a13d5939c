import { createInterface } from 'node:readline/promises';
import type { InstallationDialogue } from '#platform/embedded/install/install-servers.js';
import type { ServerName } from '#platform/embedded/install/server-programs.js';
import type { LocalConfig } from './settings/config.js';

/** Servers that must be on this machine: those that the user doesn't name. */
export function serversToStart({
  MYSQL_URL,
  NATS_URL,
}: Pick<LocalConfig, 'MYSQL_URL' | 'NATS_URL'>): ServerName[] {
  return [
    ...(MYSQL_URL === undefined ? ['mysql' as const] : []),
    ...(NATS_URL === undefined ? ['nats' as const] : []),
  ];
}

const containersInstead = 'node deploy/bin/compose-secrets.mjs && docker compose up --build';

/** How a person at the console is asked about missing servers. */
export function dialogue({ CI, PATH }: Pick<LocalConfig, 'CI' | 'PATH'>): InstallationDialogue {
  const isCi = CI !== undefined && CI !== 'false';
  return {
    say: console.log,
    path: PATH,
    isCi,
    containersInstead,
    ask: process.stdin.isTTY && !isCi ? ask : undefined,
  };
}

async function ask(question: string): Promise<boolean> {
  const console = createInterface({ input: process.stdin, output: process.stdout });
  console.once('SIGINT', () => process.exit(130));
  const answer = await console.question(`${question} [Y/n] `);
  console.close();
  return !/^n/i.test(answer.trim());
}
