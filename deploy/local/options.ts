import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ServiceName, serviceNames } from '../system/service-names.js';

export interface StartOptions {
  /** Absolute path. */
  dataDir: string;
  /** Free ports instead of the documented ones. */
  anyPorts: boolean;
  quiet: boolean;
  serversOnly: boolean;
  /** Extracted services that run. */
  services: readonly ServiceName[];
}

export const usage = `Starts the whole system and keeps it running until Ctrl-C.

  npm start -- [options]

  --data-dir FOLDER   where all data, logs and generated passwords live (default: .data)
  --ports auto        any free ports instead of the documented ones
  --only servers      the database, broker, flag and mail servers without the shop
  --services LIST     only these of inventory, payments, notifications, orders, with commas between them, or none; the monolith
                      does the work of the others, which must not own anything yet (default: all)
  --quiet             no lines of progress
  --help              this text

Environment: MYSQL_URL, NATS_URL, UNLEASH_URL (with UNLEASH_ADMIN_TOKEN and UNLEASH_CLIENT_TOKEN) and SMTP_URL
name servers of yours; those are then used and not started. MONOLITH_MYSQL_URL names a server for the monolith alone.`;

/**
 * Reads the arguments of `npm start`.
 * @returns undefined when help was asked for
 * @throws when an argument is unknown
 */
export function readOptions(args: string[]): StartOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      'data-dir': { type: 'string', default: '.data' },
      ports: { type: 'string', default: 'default' },
      only: { type: 'string', default: 'all' },
      services: { type: 'string', default: 'all' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    dataDir: resolve(values['data-dir']),
    anyPorts: oneOf('--ports', values.ports, ['default', 'auto']) === 'auto',
    serversOnly: oneOf('--only', values.only, ['all', 'servers']) === 'servers',
    services: servicesIn(values.services),
    quiet: values.quiet,
  };
}

function servicesIn(value: string): readonly ServiceName[] {
  if (value === 'all') return serviceNames;
  const asked = value === 'none' ? [] : value.split(',');
  const unknown = asked.find((name) => !serviceNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new Error(`--services ${value}: ${unknown || 'nothing'} is none of ${serviceNames.join(', ')}`);
  return serviceNames.filter((name) => asked.includes(name));
}

function oneOf(option: string, value: string, allowed: string[]): string {
  if (allowed.includes(value)) return value;
  throw new Error(`${option} ${value}: it must be ${allowed.join(' or ')}`);
}
