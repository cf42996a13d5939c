import type { Task } from '#platform/supervision/managed-process.js';
import { type MailPlan, planMail } from './mail.js';
import { type MysqlPlan, planMysql } from './mysql.js';
import { type NatsPlan, planNats } from './nats.js';
import type { ServerSetup } from './server-setup.js';
import { planUnleash, type UnleashPlan } from './unleash.js';

/** How the shop's processes reach the servers; the addresses hold passwords. */
export interface Servers {
  mysql: MysqlPlan;
  nats: NatsPlan;
  unleash: UnleashPlan;
  mail: MailPlan;
}

/** @throws when a server is neither installed nor named by the environment */
export function planServers(setup: ServerSetup): Servers {
  return {
    mysql: planMysql(setup),
    nats: planNats(setup),
    unleash: planUnleash(setup),
    mail: planMail(setup),
  };
}

/** What starts the servers, each after those that it needs. */
export function serverTasks({ mysql, nats, unleash, mail }: Servers): Task[] {
  return [...mysql.tasks, ...nats.tasks, ...unleash.tasks, ...mail.tasks];
}
