import { checkMysqlSettings } from '#platform/embedded/mysql/check-mysql-settings.js';
import { mysqlAdminUrl, mysqlServer } from '#platform/embedded/mysql/mysql-server.js';
import { type MysqlAccess, mysqlUrl, provisionMysql } from '#platform/embedded/mysql/provision-mysql.js';
import type { OneOffStep, Task } from '#platform/supervision/managed-process.js';
import { databaseAccounts, type DatabaseUser } from '../shop-accounts.js';
import type { ServerSetup } from './server-setup.js';
import { startFirst } from './server-setup.js';

export interface MysqlPlan {
  tasks: Task[];
  /** May create schemas and accounts. */
  adminUrl: string;
  urlFor: (user: DatabaseUser) => string;
}

/** MySQL with the shop's schemas and accounts; ready when the step `databases` is done. */
export function planMysql(setup: ServerSetup): MysqlPlan {
  const accounts = databaseAccounts.map((account) => ({
    ...account,
    password: setup.secrets(`mysql.${account.user}`),
  }));
  const { access, tasks } = ownOrEmbedded(setup);
  const databases: OneOffStep = {
    name: 'databases',
    dependsOn: ['mysql'],
    run: async () => {
      await provisionMysql(access, accounts);
      return [...new Set(accounts.map(({ schema }) => schema))].join(', ');
    },
  };
  return {
    tasks: [...tasks, databases],
    adminUrl: access.adminUrl,
    urlFor: (user) => {
      const account = accounts.find((one) => one.user === user);
      if (account === undefined) throw new Error(`there is no database account ${user}`);
      return mysqlUrl(access.adminUrl, account);
    },
  };
}

function ownOrEmbedded(setup: ServerSetup): { access: MysqlAccess; tasks: Task[] } {
  const { config, secrets, ports } = setup;
  if (config.MYSQL_URL !== undefined) return usersOwn(config.MYSQL_URL);
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

function usersOwn(adminUrl: string): { access: MysqlAccess; tasks: Task[] } {
  const run = async () => {
    await checkMysqlSettings(adminUrl);
    return 'your own, from MYSQL_URL';
  };
  return {
    access: { adminUrl, accountHost: '%', ownServer: false },
    tasks: [{ name: 'mysql', dependsOn: startFirst, run }],
  };
}
