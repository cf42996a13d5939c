import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { unleashTokens } from '#platform/embedded/unleash-server.js';
import { folderIdentity, isFolder } from '#platform/supervision/folder-identity.js';
import { AppError } from '#platform/errors/app-error.js';
import type { CliConfig } from './config.js';

/** What a user may say on the command line about where things are. */
export interface PlaceOptions {
  dataDir?: string;
  unleashUrl?: string;
  natsUrl?: string;
  controlUrl?: string;
  gatewayAdmin?: string[];
}

/** Where the system is that a command is about. What nobody said is undefined. */
export interface Places {
  /** Absolute or relative to the working directory. */
  dataDir: string;
  /** A system has left its addresses in the data folder. */
  found: boolean;
  gateway: string | undefined;
  unleash: { url: string; token: string } | undefined;
  natsUrl: string | undefined;
  /** The control plane, with a token for it. */
  control: { url: string; token: string } | undefined;
  gatewayAdmins: string[];
  /** The user named the gateways: look for no others. */
  onlyNamedGateways: boolean;
  /** How many times as long as usual answers are waited for. */
  patience: number;
  /** Address of a schema for one of the system's own database accounts. */
  databaseUrl: (user: string, schema: string) => string | undefined;
}

const addressesSchema = z.object({
  gateway: z.url().optional(),
  gatewayAdmin: z.url().optional(),
  controlPlane: z.url().optional(),
  unleash: z.url().optional(),
  nats: z.url().optional(),
  mysql: z.url().optional(),
  folder: folderIdentity.optional(),
});

const secretsSchema = z.record(z.string(), z.string());

/**
 * Finds the system: options first, then the environment, then what `npm start` left in its data folder.
 * @throws AppError when a file in the data folder can't be read as what it should be
 */
export function locateSystem(options: PlaceOptions, config: CliConfig): Places {
  const dataDir = options.dataDir ?? config.STRANGLER_DATA_DIR;
  const addresses = readAddresses(dataDir);
  const secrets =
    readJson(
      join(dataDir, 'secrets.json'),
      secretsSchema,
      "restore it from a backup: the servers' data can't be opened without its passwords",
    ) ?? {};
  const unleashUrl = options.unleashUrl ?? config.UNLEASH_URL ?? addresses?.unleash;
  return {
    dataDir,
    found: addresses !== undefined,
    gateway: config.GATEWAY_URL ?? addresses?.gateway,
    unleash: unleashUrl === undefined ? undefined : { url: unleashUrl, token: adminToken(config, secrets) },
    natsUrl:
      options.natsUrl ??
      config.NATS_URL ??
      withAccount(addresses?.nats, 'operator', secrets['nats.operator']),
    control: controlAccess(
      options.controlUrl ?? config.CONTROL_URL ?? addresses?.controlPlane,
      config,
      secrets,
    ),
    ...gatewayAdmins(options, config, addresses?.gatewayAdmin),
    patience: config.PATIENCE,
    databaseUrl: (user, schema) => withAccount(addresses?.mysql, user, secrets[`mysql.${user}`], schema),
  };
}

function gatewayAdmins(
  { gatewayAdmin }: PlaceOptions,
  { GATEWAY_ADMIN_URL }: CliConfig,
  own: string | undefined,
): Pick<Places, 'gatewayAdmins' | 'onlyNamedGateways'> {
  const named = gatewayAdmin ?? (GATEWAY_ADMIN_URL === undefined ? undefined : [GATEWAY_ADMIN_URL]);
  return {
    gatewayAdmins: named ?? (own === undefined ? [] : [own]),
    onlyNamedGateways: named !== undefined,
  };
}

/** Addresses that were copied along with another folder lead to the system in that folder: they count as none. */
function readAddresses(dataDir: string): z.output<typeof addressesSchema> | undefined {
  const remedy = 'stop "npm start" and start it again, which writes the file again';
  const found = readJson(join(dataDir, 'addresses.json'), addressesSchema, remedy);
  return found?.folder === undefined || isFolder(found.folder, dataDir) ? found : undefined;
}

function controlAccess(
  url: string | undefined,
  { CONTROL_TOKEN }: CliConfig,
  secrets: Record<string, string>,
): Places['control'] {
  return url === undefined ? undefined : { url, token: CONTROL_TOKEN ?? secrets['control.admin'] ?? '' };
}

function adminToken(config: CliConfig, secrets: Record<string, string>): string {
  return config.UNLEASH_ADMIN_TOKEN ?? unleashTokens((name) => secrets[name] ?? '').admin;
}

/** Addresses hold no passwords, so that they may be shown; the passwords stand among the secrets. */
function withAccount(
  address: string | undefined,
  user: string,
  password: string | undefined,
  path = '',
): string | undefined {
  if (address === undefined || password === undefined) return address;
  const url = new URL(address);
  url.username = user;
  url.password = password;
  url.pathname = path;
  return url.href;
}

/** @param remedy what to do about a damaged file */
function readJson<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  remedy: string,
): z.output<Schema> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new AppError('failed', `${file} can't be read: run this as the user who runs "npm start"`, {
      cause: error,
    });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError('failed', `${file} is damaged: ${remedy}`, { cause });
  }
}
