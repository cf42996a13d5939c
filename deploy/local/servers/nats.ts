import { checkNats } from '#platform/messaging/check-nats.js';
import { natsServer, natsUrl } from '#platform/embedded/nats-server.js';
import type { Task } from '#platform/supervision/managed-process.js';
import { permissionsOf } from '../../accounts/permissions-of.js';
import { type BrokerUser, brokerUsers } from '../../system/shop-accounts.js';
import { type ServerSetup, startFirst } from './server-setup.js';

export interface NatsPlan {
  tasks: Task[];
  urlFor: (user: BrokerUser) => string;
}

/** NATS with an account for each process, or the user's own with the account in its address. */
export function planNats({ config, dataDir, ports, secrets, programs }: ServerSetup): NatsPlan {
  if (config.NATS_URL !== undefined) return usersOwn(config.NATS_URL);
  const program = programs.nats;
  if (program === undefined) throw new Error('nats-server is not installed');
  const withPassword = (user: string) => ({ user, password: secrets(`nats.${user}`) });
  const users = brokerUsers.map((user) => ({ ...withPassword(user), permissions: permissionsOf(user) }));
  return {
    tasks: [natsServer({ program, dataDir, port: ports.nats, users, dependsOn: startFirst })],
    urlFor: (user) => natsUrl(ports.nats, withPassword(user)),
  };
}

function usersOwn(url: string): NatsPlan {
  const run = async () => {
    await checkNats(url);
    return 'your own, from NATS_URL';
  };
  return { tasks: [{ name: 'nats', dependsOn: startFirst, run }], urlFor: () => url };
}
