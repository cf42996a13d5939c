import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findProgram } from '../find-program.js';
import {
  type InstallationPlan,
  type Machine,
  type PackageManager,
  planInstallation,
} from './installation-plan.js';
import { killByPidFile } from './kill-by-pid-file.js';
import { findServers, type ServerName, type ServerPrograms } from './server-programs.js';

export interface InstallationDialogue {
  say: (line: string) => void;
  /** Folders to look for programs, as in the environment variable `PATH`. */
  path: string;
  /** Asks a person; undefined where nobody is there to answer. */
  ask: ((question: string) => Promise<boolean>) | undefined;
  /** On CI nobody is asked: it is what the machine is for. */
  isCi: boolean;
  /** Starts the same system in containers, where an engine runs. */
  containersInstead: string;
}

/** How somebody gets going without us: the variable that names a server of theirs. */
const variables: Record<ServerName, string> = { mysql: 'MYSQL_URL', nats: 'NATS_URL' };

/**
 * Finds the servers, and installs those that are missing with the system's package manager: after asking where a person
 * is there to ask, without asking on CI and as root.
 * @throws with what to run where it may not or can't install
 */
export async function ensureServers(
  needed: readonly ServerName[],
  dialogue: InstallationDialogue,
): Promise<ServerPrograms> {
  const missing = missingOf(needed, await findServers(dialogue.path));
  if (missing.length > 0) await install(missing, dialogue);
  const found = await findServers(dialogue.path);
  const still = missingOf(needed, found);
  if (still.length > 0) throw new Error(`${still.join(' and ')} can't be found even after the installation`);
  return found;
}

function missingOf(needed: readonly ServerName[], found: ServerPrograms): ServerName[] {
  return needed.filter((server) => found[server] === undefined);
}

async function install(missing: ServerName[], dialogue: InstallationDialogue): Promise<void> {
  const { say, ask, isCi, path } = dialogue;
  const machine = thisMachine(path);
  const plan = planInstallation(missing, machine);
  if (plan.missing.length > 0 || !mayInstall(machine)) throw await explain(missing, plan, dialogue);
  const list = plan.commands.map((command) => `  ${command.join(' ')}`).join('\n');
  say(`These servers are needed and not installed: ${plan.packages.join(', ')}. To be run:\n${list}`);
  if (ask === undefined ? !(isCi || machine.isRoot) : !(await ask('Run that now?')))
    throw await explain(missing, plan, dialogue);
  for (const command of plan.commands) await run(command);
  await stopTheirServices(machine, plan.packages, say);
}

function thisMachine(path: string): Machine {
  const managers: PackageManager[] = ['apt-get', 'dnf', 'brew'];
  return {
    manager: managers.find((name) => findProgram([name], path) !== undefined),
    isRoot: process.getuid?.() === 0,
    hasSudo: findProgram(['sudo'], path) !== undefined,
  };
}

function mayInstall({ manager, isRoot, hasSudo }: Machine): boolean {
  return manager === 'brew' || (manager !== undefined && (isRoot || hasSudo));
}

/**
 * Packages start their servers on their own ports. They were not there a minute ago, so nobody uses them yet: they are
 * stopped and stay off, and only the ones that this program starts run.
 */
async function stopTheirServices(
  { manager, isRoot }: Machine,
  packages: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  if (manager === 'brew') return;
  const services = packages.map((name) => name.replace('mariadb-server', 'mariadb'));
  const command = existsSync('/run/systemd/system')
    ? ['systemctl', 'disable', '--now', ...services]
    : killByPidFile('/run/mysqld/mysqld.pid');
  if (command === undefined) return;
  say(`Their own services are switched off, this program starts the servers itself: ${command.join(' ')}`);
  // One that has just ended, or never ran, is what is wanted.
  await exitCode(isRoot ? command : ['sudo', ...command], 'inherit');
}

async function explain(
  missing: readonly ServerName[],
  plan: InstallationPlan,
  { path, containersInstead }: InstallationDialogue,
): Promise<Error> {
  const commands = plan.commands.map((command) => `  ${command.join(' ')}`);
  const bySite = plan.missing.map((server) => `  install ${sites[server]}`);
  const own = missing.map((server) => variables[server]).join(' and ');
  const compose = (await dockerRuns(path))
    ? ['or, since a container engine runs here:', `  ${containersInstead}`]
    : [];
  return new Error(
    [
      `Not installed, and needed: ${missing.join(', ')}. Run this, then start again:`,
      ...commands,
      ...bySite,
      ...compose,
      `or set ${own} to servers of yours.`,
    ].join('\n'),
  );
}

const sites: Record<ServerName, string> = {
  mysql: 'MariaDB (https://mariadb.org/download) or MySQL (https://dev.mysql.com/downloads)',
  nats: 'nats-server (https://github.com/nats-io/nats-server/releases)',
};

async function dockerRuns(path: string): Promise<boolean> {
  return findProgram(['docker'], path) !== undefined && (await exitCode(['docker', 'info'], 'ignore')) === 0;
}

async function run(command: string[]): Promise<void> {
  const code = await exitCode(command, 'inherit');
  if (code !== 0)
    throw new Error(`"${command.join(' ')}" failed with exit code ${code}; its own words are above`);
}

function exitCode([program = '', ...args]: string[], stdio: 'inherit' | 'ignore'): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio });
    child.once('error', () => resolve(127));
    child.once('exit', resolve);
  });
}
