import type { ComposeService } from '../compose-file/read-compose-file.js';

/** How a container is run without its image. */
export interface Program {
  command: string[];
  environment: Record<string, string>;
  workdir: string;
  uid: number;
  /** That the server listens on. */
  port: number;
}

const path = '/opt/node:/usr/sbin:/usr/bin:/sbin:/bin';

/** As the images of servers have it, where they begin as root: their data folder belongs to a user of its own. */
const serverUid = 999;

/** Flags that MySQL has and MariaDB hasn't: it always writes GTIDs. */
const mysqlOnly = ['--gtid-mode=ON', '--enforce-gtid-consistency=ON'];

/**
 * Programs of this machine that stand in for images of other projects, with the command, variables and files of the compose
 * file, by the name of the image. What is changed for them is all that stands here.
 */
const standIns: Record<
  string,
  (service: ComposeService) => Partial<Program> & Pick<Program, 'command' | 'port'>
> = {
  mysql: ({ command }) => ({
    command: ['bash', '-c', mariadb, 'mariadb', ...command.filter((flag) => !mysqlOnly.includes(flag))],
    port: 3306,
  }),
  nats: ({ command }) => ({ command: ['nats-server', ...command], port: 4222 }),
  postgres: () => ({
    command: [
      'node',
      '--conditions=source',
      '--import',
      'tsx',
      'deploy/test/compose-emulation/postgres/main.ts',
      '/var/lib/postgresql/data',
    ],
    environment: { PATH: `/usr/lib/postgresql/bin:${path}` },
    workdir: '/repository',
    port: 5432,
  }),
  'unleashorg/unleash-server': () => ({
    command: ['node', 'node_modules/unleash-server/dist/server.js'],
    // The stand-in for PostgreSQL is one session, see platform/embedded/unleash-server.ts.
    environment: { DATABASE_POOL_MAX: '1', NODE_ENV: 'production', TZ: 'UTC' },
    workdir: '/repository',
    port: 4242,
  }),
};

/** What the image's entry point does: a root user with the password, who may come from anywhere. */
const mariadb = `
set -e
data=/var/lib/mysql
[ -d "$data/mysql" ] || mariadb-install-db --no-defaults --datadir="$data" --skip-test-db --skip-name-resolve >/dev/null
cat >/tmp/init.sql <<SQL
CREATE USER IF NOT EXISTS root@'%' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
ALTER USER root@localhost IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
GRANT ALL PRIVILEGES ON *.* TO root@'%' WITH GRANT OPTION;
SQL
exec mariadbd --no-defaults --datadir="$data" --socket=/tmp/mysql.sock --init-file=/tmp/init.sql "$@"
`;

/** @throws for an image that nothing stands in for */
export function standInFor(service: ComposeService): Program {
  const standIn = standIns[service.image.split(':', 1)[0] ?? ''];
  if (standIn === undefined) throw new Error(`nothing stands in for the image ${service.image}`);
  const { environment, ...rest } = standIn(service);
  return {
    workdir: '/',
    uid: serverUid,
    ...rest,
    environment: { PATH: path, ...service.environment, ...environment },
  };
}

/** The image's user `node`. */
export const nodeUid = 1000;

export const standardPath = path;
