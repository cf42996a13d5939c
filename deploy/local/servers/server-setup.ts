import type { Secrets } from '#platform/embedded/secrets.js';
import type { ServerPrograms } from '#platform/embedded/install/server-programs.js';
import type { LocalConfig } from '../settings/config.js';
import type { Ports } from '../settings/ports.js';

/** What is needed to start a server, or to use the user's own. */
export interface ServerSetup {
  dataDir: string;
  config: LocalConfig;
  ports: Ports;
  secrets: Secrets;
  programs: ServerPrograms;
}

/** All servers wait for it, so that it outlives them. */
export const startFirst = ['guard'];

/** An address that may be shown: without user and password. */
export function withoutPassword(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}
