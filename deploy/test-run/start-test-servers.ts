import { mkdirSync } from 'node:fs';
import type { ServerPrograms } from '#platform/embedded/install/server-programs.js';
import { mailServer } from '#platform/embedded/mail-server.js';
import { mysqlAdminUrl, mysqlServer } from '#platform/embedded/mysql/mysql-server.js';
import { natsServer, natsUrl } from '#platform/embedded/nats-server.js';
import { openSecrets } from '#platform/embedded/secrets.js';
import { unleashServer, unleashTokens } from '#platform/embedded/unleash-server.js';
import { assignPorts } from '#platform/supervision/assign-ports.js';
import { guardProcess } from '#platform/supervision/guard-process.js';
import type { Task } from '#platform/supervision/managed-process.js';
import { createSupervisor, type SupervisorReport } from '#platform/supervision/supervisor.js';

export interface RunningTestServers {
  /** What `tests/support/servers.ts` reads. */
  environment: Record<string, string>;
  stop: () => Promise<void>;
}

interface TestServerPlan {
  tasks: Task[];
  environment: Record<string, string>;
}

const listening = { mysql: 3307, nats: 4222, unleash: 4242, smtp: 1025, mail: 1080 };

export interface TestServerRequest {
  /** A folder of this run's own. */
  dataDir: string;
  programs: Required<ServerPrograms>;
  report: SupervisorReport;
  /** Variables that every server gets on top of its own. */
  inherited: Readonly<Record<string, string>>;
}

/**
 * Starts servers for one test run, on free ports, beside whatever else runs on the machine.
 * @throws when a server can't be started; nothing is left running then
 */
export async function startTestServers(request: TestServerRequest): Promise<RunningTestServers> {
  const { dataDir, programs, report, inherited } = request;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { ports, release } = await assignPorts(dataDir, listening, true);
  const { tasks, environment } = plan(dataDir, programs, ports);
  const supervisor = createSupervisor({ dataDir, tasks, report, inherited });
  const stop = async () => {
    await supervisor.stop();
    release();
  };
  try {
    await supervisor.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment, stop };
}

function plan(
  dataDir: string,
  programs: Required<ServerPrograms>,
  ports: Readonly<Record<keyof typeof listening, number>>,
): TestServerPlan {
  const secrets = openSecrets(dataDir);
  const adminPassword = secrets('mysql.admin');
  const natsUser = { user: 'test', password: secrets('nats.test'), everySubject: true };
  const tokens = unleashTokens(secrets);
  const dependsOn = ['guard'];
  const tasks: Task[] = [
    guardProcess(dataDir),
    ...mysqlServer({
      program: programs.mysql,
      dataDir,
      port: ports.mysql,
      adminPassword,
      durability: 'fast',
      dependsOn,
    }),
    natsServer({ program: programs.nats, dataDir, port: ports.nats, users: [natsUser], dependsOn }),
    ...unleashServer({
      dataDir,
      tokens,
      port: ports.unleash,
      adminPassword: secrets('unleash.adminPassword'),
      sessionSecret: secrets('unleash.sessions'),
      dependsOn,
    }),
    mailServer({ dataDir, smtpPort: ports.smtp, pagePort: ports.mail, dependsOn }),
  ];
  const environment = {
    TEST_MYSQL_URL: mysqlAdminUrl(ports.mysql, adminPassword),
    TEST_NATS_URL: natsUrl(ports.nats, natsUser),
    TEST_UNLEASH_URL: `http://127.0.0.1:${ports.unleash}`,
    TEST_UNLEASH_ADMIN_TOKEN: tokens.admin,
    TEST_UNLEASH_CLIENT_TOKEN: tokens.client,
    TEST_SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    TEST_MAIL_URL: `http://127.0.0.1:${ports.mail}`,
  };
  return { tasks, environment };
}
