import { checkUnleash } from '#platform/embedded/check-unleash.js';
import { unleashServer, unleashTokens } from '#platform/embedded/unleash-server.js';
import type { Task } from '#platform/supervision/managed-process.js';
import { type ServerSetup, startFirst } from './server-setup.js';

export interface UnleashPlan {
  tasks: Task[];
  url: string;
  adminToken: string;
  clientToken: string;
}

/** Unleash, or the user's own with the tokens that came with its address. */
export function planUnleash({ config, dataDir, ports, secrets }: ServerSetup): UnleashPlan {
  if (config.UNLEASH_URL !== undefined) {
    return usersOwn(config.UNLEASH_URL, config.UNLEASH_ADMIN_TOKEN ?? '', config.UNLEASH_CLIENT_TOKEN ?? '');
  }
  const tokens = unleashTokens(secrets);
  const tasks = unleashServer({
    dataDir,
    tokens,
    port: ports.unleash,
    adminPassword: secrets('unleash.adminPassword'),
    sessionSecret: secrets('unleash.sessions'),
    dependsOn: startFirst,
  });
  return {
    tasks,
    url: `http://127.0.0.1:${ports.unleash}`,
    adminToken: tokens.admin,
    clientToken: tokens.client,
  };
}

function usersOwn(url: string, adminToken: string, clientToken: string): UnleashPlan {
  const run = async () => {
    await checkUnleash(url, adminToken);
    return 'your own, from UNLEASH_URL';
  };
  return { tasks: [{ name: 'unleash', dependsOn: startFirst, run }], url, adminToken, clientToken };
}
