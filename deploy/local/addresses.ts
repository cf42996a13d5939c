import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { identifyFolder } from '#platform/supervision/folder-identity.js';
import { writeFileAtomically } from '#platform/supervision/write-file-atomically.js';
import { withoutPassword } from './servers/server-setup.js';
import type { System } from './shop-program.js';

/** Where everything is reached; no passwords, so that it may be shown and shared. What isn't running isn't in it. */
export interface Addresses {
  gateway?: string;
  gatewayAdmin?: string;
  /** Admin API; the token stands among the secrets. */
  controlPlane?: string;
  monolith?: string;
  services?: Record<string, string>;
  sidecars?: Record<string, string>;
  providerSandbox?: string;
  unleash: string;
  nats: string;
  mysql: string;
  smtp: string;
  /** Page with the mails; missing with a mail server of the user's own. */
  mail?: string;
}

/** @param withShop false when only the servers run */
export function addressesOf({ servers, services, address }: System, withShop: boolean): Addresses {
  const shop = {
    gateway: address('gateway'),
    gatewayAdmin: address('gatewayAdmin'),
    controlPlane: address('controlPlane'),
    monolith: address('monolith'),
    services: Object.fromEntries(services.map((name) => [name, address(name)])),
    sidecars: Object.fromEntries(
      (['monolith', ...services] as const).map((name) => [name, address(`${name}Sidecar`)]),
    ),
    providerSandbox: address('providerSandbox'),
  };
  return {
    ...(withShop ? shop : {}),
    unleash: servers.unleash.url,
    nats: withoutPassword(servers.nats.urlFor('operator')),
    mysql: withoutPassword(servers.mysql.adminUrl),
    smtp: withoutPassword(servers.mail.smtpUrl),
    ...(servers.mail.page === undefined ? {} : { mail: servers.mail.page }),
  };
}

/**
 * For programs that look for a running system, e.g. `npx strangler`. It names the data folder, since a copy of the folder must not
 * lead them to the original's system.
 */
export function writeAddresses(dataDir: string, addresses: Addresses): void {
  const content = { ...addresses, folder: identifyFolder(dataDir) };
  writeFileAtomically(addressesFile(dataDir), `${JSON.stringify(content, null, 2)}\n`);
}

/** While a system starts or has ended, its addresses lead nowhere. */
export function removeAddresses(dataDir: string): void {
  rmSync(addressesFile(dataDir), { force: true });
}

function addressesFile(dataDir: string): string {
  return join(dataDir, 'addresses.json');
}

/** One table for a person: what, where, and what for. */
export function addressTable(addresses: Addresses): string {
  const rows: [string, string | undefined, string][] = [
    ['gateway', addresses.gateway, 'what clients talk to'],
    ['gateway admin', addresses.gatewayAdmin, 'metrics and health'],
    ['control plane', addresses.controlPlane, 'who owns what; token in secrets.json'],
    ['monolith', addresses.monolith, 'behind the gateway'],
    ...Object.entries(addresses.services ?? {}).map(([name, url]): [string, string, string] => [
      name,
      url,
      'extracted service',
    ]),
    ['unleash', addresses.unleash, 'the flags; sign in as admin, password in secrets.json'],
    ['mails', addresses.mail, 'every mail the shop has sent'],
    ['mysql', addresses.mysql, ''],
    ['nats', addresses.nats, ''],
  ];
  const shown = rows.flatMap(([name, url, what]) => (url === undefined ? [] : [{ name, url, what }]));
  const [first, second] = [
    Math.max(...shown.map(({ name }) => name.length)),
    Math.max(...shown.map(({ url }) => url.length)),
  ];
  return shown
    .map(({ name, url, what }) => `  ${name.padEnd(first)}  ${url.padEnd(second)}  ${what}`.trimEnd())
    .join('\n');
}
