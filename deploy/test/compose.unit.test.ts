import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processEnvironment, stepEnvironment } from '../local/plan-shop.js';
import { documentedPorts, type PortName } from '../local/settings/ports.js';
import { brokerUsers, databaseAccounts } from '../system/shop-accounts.js';
import { serviceNames } from '../system/service-names.js';
import { shopProcesses, shopSteps } from '../local/shop-processes.js';
import type { System } from '../local/shop-program.js';
import { readComposeFile } from './compose-file/read-compose-file.js';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

const { services } = readComposeFile(text);
const ours = Object.entries(services).filter(([, { image }]) => image === 'strangler');

const named = (name: string) => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};

/** The system as compose runs it, with variables in place of passwords. */
const composed: System = {
  servers: {
    mysql: {
      tasks: [],
      adminUrl: '',
      urlFor: (user) => {
        const schema = databaseAccounts.find((account) => account.user === user)?.schema ?? '';
        return `mysql://${user}:\${MYSQL_PASSWORD_${variable(user)}:?}@mysql:3306/${schema}`;
      },
    },
    nats: { tasks: [], urlFor: (user) => `nats://${user}:\${NATS_PASSWORD_${variable(user)}:?}@nats:4222` },
    unleash: {
      tasks: [],
      url: 'http://unleash:4242',
      adminToken: '${UNLEASH_ADMIN_TOKEN:?}',
      clientToken: '${UNLEASH_CLIENT_TOKEN:?}',
    },
    mail: { tasks: [], smtpUrl: 'smtp://mail:1025', page: undefined },
  },
  services: serviceNames,
  signingKey: '${INTERNAL_SIGNING_KEY:?}',
  dataKeys: '${DATA_KEYS:?}',
  patience: '${PATIENCE:-1}',
  gatewayTimes: { answer: '${GATEWAY_ANSWER_TIME:-2s}', parking: '${GATEWAY_PARKING_TIME:-5s}' },
  controlToken: '${CONTROL_TOKEN:?}',
  ports: documentedPorts,
  host: '0.0.0.0',
  address: (port) => `http://${hostOf(port)}:${documentedPorts[port]}`,
  stateDir: (process) => `/state/${process}`,
};

/** The container that listens on a port: the gateway has two. */
function hostOf(port: PortName): string {
  if (port === 'gatewayAdmin') return 'gateway';
  return port.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function variable(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}

describe('docker-compose.yml', () => {
  it.each(shopProcesses)('runs $name with the program and environment that npm start gives it', (process) => {
    const { command, environment } = named(process.name);
    expect(command).toEqual(['node', `dist/${process.program}`, ...(process.args ?? [])]);
    expect(existsSync(join(root, process.program.replace(/\.js$/, '.ts')))).toBe(true);
    expect(environment).toEqual(processEnvironment(process, composed, '${LOG_LEVEL:-info}'));
  });

  it.each(shopSteps)(
    'runs the step $name once, with the program and environment that npm start gives it',
    (step) => {
      const { command, environment, restart } = named(step.name);
      expect(command).toEqual(['node', `dist/${step.program}`, ...(step.args ?? [])]);
      expect(environment).toEqual(stepEnvironment(step, composed));
      expect(restart).toBe('on-failure:3');
    },
  );

  it.each(shopProcesses)(
    'asks $name for its health where npm start does',
    ({ name, port, health, healthPort }) => {
      const where = [String(documentedPorts[healthPort ?? port]), health];
      const check = ['CMD', 'bash', 'deploy/compose/answers-ok.sh', ...where];
      expect(named(name).healthcheck?.test).toEqual(check);
    },
  );

  it.each([...shopProcesses, ...shopSteps])('starts $name after what it needs', ({ name, dependsOn }) => {
    const steps = name === 'gateway' ? shopSteps.map((step) => step.name) : [];
    expect(Object.keys(named(name).depends_on).sort()).toEqual([...dependsOn, ...steps].sort());
  });

  it('runs programs that exist', () => {
    const isFile = (word: string) => /\.m?js$/.test(word);
    const commands = ours.map(([, { entrypoint, command }]) => [...entrypoint, ...command]);
    const sources = commands.flatMap((words) =>
      words.filter(isFile).map((path) => path.replace(/^(?:\.\/)?dist\/(.*)\.js$/, '$1.ts')),
    );
    expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(commands.filter((words) => !words.some(isFile))).toEqual([]);
    // Besides those of npm start: the schemas, the mail server and the command line.
    expect(commands).toHaveLength(shopProcesses.length + shopSteps.length + 3);
  });

  it('opens ports on this machine only', () => {
    const open = Object.values(services).flatMap(({ ports }) => ports);
    expect(open.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('holds no password: each comes from a variable that must be set', () => {
    const secretNames = /PASSWORD|TOKEN|SECRET|SIGNING_KEY/;
    const literals = Object.entries(services).flatMap(([name, { environment }]) =>
      Object.entries(environment)
        .filter(
          ([variableName, value]) => secretNames.test(variableName) && !/^\$\{[A-Z_]+:\?.*\}$/.test(value),
        )
        .map(([variableName]) => `${name}.${variableName}`),
    );
    const inUrls = [...text.matchAll(/:\/\/[^\s/:@]+:([^\s@]+)@/g)].filter(
      ([, password]) => !/^\$\{[A-Z_]+:\?\}$/.test(password ?? ''),
    );
    expect({ literals, inUrls }).toEqual({ literals: [], inUrls: [] });
  });

  it('gets every variable that must be set from one documented command, once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    const file = join(folder, '.env');
    const make = () =>
      execFileSync(process.execPath, [join(root, 'deploy/bin/compose-secrets.mjs'), file], { stdio: 'pipe' });
    make();
    const made = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('=', 2));
    const needed = [...text.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name ?? '');
    expect(made.map(([name]) => name ?? '').sort()).toEqual([...new Set(needed)].sort());
    expect(new Set(made.map(([, value]) => value)).size).toBe(made.length);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(make).toThrow('stays as it is');
    rmSync(folder, { recursive: true });
  });

  it('lets the same users into NATS, with the same rights', () => {
    const config = readFileSync(join(root, 'deploy/compose/nats.conf'), 'utf8');
    const users = [...config.matchAll(/user: ([a-z-]+), password: \$([A-Z_]+)/g)].map(
      ([, user, password]) => ({ user, password }),
    );
    expect(users).toEqual(brokerUsers.map((user) => ({ user, password: `NATS_PASSWORD_${variable(user)}` })));
    expect(Object.keys(named('nats').environment)).toEqual(users.map(({ password }) => password));
  });
});
