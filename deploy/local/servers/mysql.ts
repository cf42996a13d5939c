import { checkMysqlSettings } from '#platform/embedded/mysql/check-mysql-settings.js';
import { mysqlAdminUrl, mysqlServer } from '#platform/embedded/mysql/mysql-server.js';
import { type MysqlAccess, mysqlUrl, provisionMysql } from '#platform/embedded/mysql/provision-mysql.js';
import type { OneOffStep, Task } from '#platform/supervision/managed-process.js';
import { databaseAccounts, type DatabaseUser } from '../../system/shop-accounts.js';
import type { ServerSetup } from './server-setup.js';
import { startFirst } from './server-setup.js';

export interface MysqlPlan {
  tasks: Task[];
  /** May create schemas and accounts. */
  adminUrl: string;
  urlFor: (user: DatabaseUser) => string;
}

/** MySQL with the shop's schemas and accounts; ready when the step `databases` is done. The monolith's may be a server of its own. */
export function planMysql(setup: ServerSetup): MysqlPlan {
  const accounts = databaseAccounts.map((account) => ({
    ...account,
    password: setup.secrets(`mysql.${account.user}`),
  }));
  const { access, tasks } = ownOrEmbedded(setup);
  const { MONOLITH_MYSQL_URL } = setup.config;
  const monolith =
    MONOLITH_MYSQL_URL === undefined
      ? undefined
      : usersOwn('monolith-mysql', 'MONOLITH_MYSQL_URL', MONOLITH_MYSQL_URL);
  const accessFor = (user: DatabaseUser) =>
    monolith !== undefined && monolithsUsers.includes(user) ? monolith.access : access;
  const databases: OneOffStep = {
    name: 'databases',
    dependsOn: ['mysql', ...(monolith === undefined ? [] : ['monolith-mysql'])],
    run: async () => {
      for (const server of new Set(accounts.map(({ user }) => accessFor(user))))
        await provisionMysql(
          server,
          accounts.filter(({ user }) => accessFor(user) === server),
        );
      return [...new Set(accounts.map(({ schema }) => schema))].join(', ');
    },
  };
  return {
    tasks: [...tasks, ...(monolith?.tasks ?? []), databases],
    adminUrl: access.adminUrl,
    urlFor: (user) => {
      const account = accounts.find((one) => one.user === user);
      if (account === undefined) throw new Error(`there is no database account ${user}`);
      return mysqlUrl(accessFor(user).adminUrl, account);
    },
  };
}

/** Who uses the monolith's schema. */
const monolithsUsers: readonly DatabaseUser[] = ['monolith', 'monolith-sidecar'];

function ownOrEmbedded(setup: ServerSetup): { access: MysqlAccess; tasks: Task[] } {
  const { config, secrets, ports } = setup;
  if (config.MYSQL_URL !== undefined) return usersOwn('mysql', 'MYSQL_URL', config.MYSQL_URL);
  const program = setup.programs.mysql;
  if (program === undefined) throw new Error('no MySQL or MariaDB server is installed');
  const adminPassword = secrets('mysql.admin');
  return {
    access: {
      adminUrl: mysqlAdminUrl(ports.mysql, adminPassword),
      accountHost: '127.0.0.1',
      ownServer: true,
    },
    tasks: mysqlServer({
      program,
      adminPassword,
      dataDir: setup.dataDir,
      port: ports.mysql,
      durability: 'full',
      dependsOn: startFirst,
    }),
  };
}

/** @param variable that names the server */
function usersOwn(name: string, variable: string, adminUrl: string): { access: MysqlAccess; tasks: Task[] } {
  const run = async () => {
    await checkMysqlSettings(adminUrl);
    return `your own, from ${variable}`;
  };
  return {
    access: { adminUrl, accountHost: '%', ownServer: false },
    tasks: [{ name, dependsOn: startFirst, run }],
  };
}
