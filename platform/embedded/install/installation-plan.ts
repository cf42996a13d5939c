import type { ServerName } from './server-programs.js';

export type PackageManager = 'apt-get' | 'dnf' | 'brew';

/** Packages that hold the servers; where there is none, the server must come from its own site. */
const packages: Record<PackageManager, Partial<Record<ServerName, string>>> = {
  'apt-get': { mysql: 'mariadb-server', nats: 'nats-server' },
  dnf: { mysql: 'mariadb-server' },
  brew: { mysql: 'mariadb', nats: 'nats-server' },
};

export interface Machine {
  manager: PackageManager | undefined;
  isRoot: boolean;
  hasSudo: boolean;
}

export interface InstallationPlan {
  packages: string[];
  /** Run one after the other. */
  commands: string[][];
  /** Servers that no package of this manager holds. */
  missing: ServerName[];
}

/** The commands that install servers on this machine; none where nobody here may run them. */
export function planInstallation(servers: readonly ServerName[], machine: Machine): InstallationPlan {
  const { manager } = machine;
  if (manager === undefined) return { packages: [], commands: [], missing: [...servers] };
  const found = servers.flatMap((server) => packages[manager][server] ?? []);
  const missing = servers.filter((server) => packages[manager][server] === undefined);
  const commands = found.length === 0 ? [] : commandsOf(manager, found);
  return { packages: found, missing, commands: commands.map((command) => asAdministrator(command, machine)) };
}

function commandsOf(manager: PackageManager, names: string[]): string[][] {
  if (manager === 'brew') return [['brew', 'install', ...names]];
  if (manager === 'dnf') return [['dnf', 'install', '-y', ...names]];
  return [
    ['apt-get', 'update'],
    // As an argument: sudo would drop it from the environment.
    [
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'install',
      '-y',
      '--no-install-recommends',
      ...names,
    ],
  ];
}

/** Homebrew refuses to run as root, the others need it. */
function asAdministrator(command: string[], { manager, isRoot, hasSudo }: Machine): string[] {
  return manager !== 'brew' && !isRoot && hasSudo ? ['sudo', ...command] : command;
}
