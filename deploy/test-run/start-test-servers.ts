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

export interface TestServerRequest {
  /** A folder of these servers' own. */
  dataDir: string;
  /** Programs that were installed, for servers that are no packages of ours. */
  programs: Required<ServerPrograms>;
  report: SupervisorReport;
  /** Variables that every server gets on top of its own. */
  inherited: Readonly<Record<string, string>>;
}

/**
 * Starts a lane's servers on free ports, beside whatever else runs on the machine: a database, whose log each sidecar
 * reads whole, a broker and a mail server.
 * @throws when a server can't be started; nothing is left running then
 */
export function startLaneServers(request: TestServerRequest): Promise<RunningTestServers> {
  return start(request, { mysql: 3307, nats: 4222, smtp: 1025, mail: 1080 }, planLane);
}

/**
 * Starts what all lanes share: Unleash, where each suite has flags with names of its own.
 * @throws when it can't be started; nothing is left running then
 */
export function startSharedServers(request: TestServerRequest): Promise<RunningTestServers> {
  return start(request, { unleash: 4242 }, planShared);
}

async function start<Name extends string>(
  request: TestServerRequest,
  wanted: Readonly<Record<Name, number>>,
  plan: (request: TestServerRequest, ports: Readonly<Record<Name, number>>) => TestServerPlan,
): Promise<RunningTestServers> {
  const { dataDir, report, inherited } = request;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { ports, release } = await assignPorts(dataDir, wanted, true);
  const { tasks, environment } = plan(request, ports);
  const supervisor = createSupervisor({
    dataDir,
    tasks: [guardProcess(dataDir), ...tasks],
    report,
    inherited,
  });
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

const dependsOn = ['guard'];

function planLane(
  { dataDir, programs }: TestServerRequest,
  ports: Readonly<Record<'mysql' | 'nats' | 'smtp' | 'mail', number>>,
): TestServerPlan {
  const secrets = openSecrets(dataDir);
  const adminPassword = secrets('mysql.admin');
  const natsUser = { user: 'test', password: secrets('nats.test'), permissions: 'everything' as const };
  const tasks: Task[] = [
    ...mysqlServer({
      program: programs.mysql,
      dataDir,
      port: ports.mysql,
      adminPassword,
      durability: 'fast',
      dependsOn,
    }),
    natsServer({ program: programs.nats, dataDir, port: ports.nats, users: [natsUser], dependsOn }),
    mailServer({ dataDir, smtpPort: ports.smtp, pagePort: ports.mail, dependsOn }),
  ];
  const environment = {
    TEST_MYSQL_URL: mysqlAdminUrl(ports.mysql, adminPassword),
    TEST_NATS_URL: natsUrl(ports.nats, natsUser),
    TEST_SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    TEST_MAIL_URL: `http://127.0.0.1:${ports.mail}`,
  };
  return { tasks, environment };
}

function planShared(
  { dataDir }: TestServerRequest,
  { unleash: port }: Readonly<Record<'unleash', number>>,
): TestServerPlan {
  const secrets = openSecrets(dataDir);
  const tokens = unleashTokens(secrets);
  const tasks = unleashServer({
    dataDir,
    tokens,
    port,
    adminPassword: secrets('unleash.adminPassword'),
    sessionSecret: secrets('unleash.sessions'),
    dependsOn,
  });
  const environment = {
    TEST_UNLEASH_URL: `http://127.0.0.1:${port}`,
    TEST_UNLEASH_ADMIN_TOKEN: tokens.admin,
    TEST_UNLEASH_CLIENT_TOKEN: tokens.client,
  };
  return { tasks, environment };
}
