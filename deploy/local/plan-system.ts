import { join } from 'node:path';
import { openSecrets } from '#platform/embedded/secrets.js';
import type { ServerPrograms } from '#platform/embedded/install/server-programs.js';
import { assignPorts } from '#platform/supervision/assign-ports.js';
import { lockDataFolder } from '#platform/supervision/data-folder-lock.js';
import { endLeftovers } from '#platform/supervision/end-leftovers.js';
import { guardProcess } from '#platform/supervision/guard-process.js';
import { prepareDataFolder } from '#platform/supervision/prepare-data-folder.js';
import { readProcessRecords } from '#platform/supervision/process-records.js';
import {
  createSupervisor,
  type Supervisor,
  type SupervisorReport,
} from '#platform/supervision/supervisor.js';
import type { LocalConfig } from './settings/config.js';
import { planShop } from './plan-shop.js';
import { documentedPorts } from './settings/ports.js';
import type { ServiceName } from '../system/service-names.js';
import { planServers, serverTasks } from './servers/plan-servers.js';
import type { System } from './shop-program.js';

export interface SystemRequest {
  /** Folder of the repository. */
  root: string;
  dataDir: string;
  anyPorts: boolean;
  serversOnly: boolean;
  services: readonly ServiceName[];
  config: LocalConfig;
  programs: ServerPrograms;
  /** Variables that every program gets on top of its own. */
  inherited: Readonly<Record<string, string>>;
}

export interface PlannedSystem {
  system: System;
  supervisor: Supervisor;
  /** The control plane's token, where it was made by this start: undefined later, so that it is shown once. */
  newControlToken: string | undefined;
  /** Gives the data folder and the ports back, once all is stopped. */
  release: () => void;
}

/**
 * Takes the data folder, ends what a killed supervisor left in it, and plans what is to be started.
 * @throws when another system runs in the folder, or a server is missing
 */
export async function planSystem(request: SystemRequest, report: SupervisorReport): Promise<PlannedSystem> {
  const { root, dataDir, config, programs, inherited } = request;
  prepareDataFolder(dataDir);
  const unlock = lockDataFolder(dataDir);
  await cleanUp(dataDir, report);
  const { ports, release: releasePorts } = await findPorts(request, report);
  const release = () => {
    releasePorts();
    unlock();
  };
  let isFirstStart = false;
  const secrets = openSecrets(dataDir, (name) => (isFirstStart ||= name === controlTokenName));
  const controlToken = secrets(controlTokenName);
  const servers = planServers({ dataDir, config, ports, programs, secrets });
  const system: System = {
    ...{ servers, services: request.services },
    signingKey: secrets('internal.signing'),
    dataKeys: `first:${secrets('data.key', 32)}`,
    gatewayTimes: { answer: config.GATEWAY_ANSWER_TIME, parking: config.GATEWAY_PARKING_TIME },
    patience: String(config.PATIENCE),
    controlToken,
    ports,
    host: '127.0.0.1',
    address: (name) => `http://127.0.0.1:${ports[name]}`,
    stateDir: (name) => join(dataDir, name),
  };
  const shop = request.serversOnly
    ? []
    : planShop({ root, dataDir, inherited, logLevel: config.LOG_LEVEL }, system);
  const tasks = [guardProcess(dataDir), ...serverTasks(servers), ...shop];
  const supervisor = createSupervisor({ dataDir, tasks, report, inherited });
  return { system, release, supervisor, newControlToken: isFirstStart ? controlToken : undefined };
}

/** Among the secrets; the command line looks there for it. */
const controlTokenName = 'control.admin';

async function cleanUp(dataDir: string, report: SupervisorReport): Promise<void> {
  const before = readProcessRecords(dataDir);
  const ended = before === undefined ? [] : await endLeftovers(before, 20_000);
  if (ended.length > 0)
    report.warn(`the last run was killed and left processes behind; ended: ${ended.join(', ')}`);
}

async function findPorts({ dataDir, anyPorts }: SystemRequest, report: SupervisorReport) {
  const assigned = await assignPorts(dataDir, documentedPorts, anyPorts);
  assigned.remarks.forEach(report.warn);
  return assigned;
}
