#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** Writes `.env` for docker compose, with a password of its own for everything. An existing one is never replaced. */

const random = () => randomBytes(24).toString('hex');
const withSidecar = ['MONOLITH', 'INVENTORY', 'PAYMENTS', 'NOTIFICATIONS', 'ORDERS'];
const users = [...withSidecar.flatMap((name) => [name, `${name}_SIDECAR`]), 'CONTROL_PLANE'];

const secrets = {
  MYSQL_ROOT_PASSWORD: random(),
  ...Object.fromEntries([...users, 'PROVIDER_SANDBOX'].map((user) => [`MYSQL_PASSWORD_${user}`, random()])),
  // NATS reads a value that begins with a digit as a number.
  ...Object.fromEntries(
    [...users, 'GATEWAY', 'OPERATOR'].map((user) => [`NATS_PASSWORD_${user}`, `p${random()}`]),
  ),
  INTERNAL_SIGNING_KEY: random(),
  DATA_KEYS: `first:${randomBytes(32).toString('hex')}`,
  CONTROL_TOKEN: random(),
  UNLEASH_DB_PASSWORD: random(),
  UNLEASH_ADMIN_PASSWORD: random(),
  UNLEASH_SESSION_SECRET: random(),
  UNLEASH_ADMIN_TOKEN: `*:*.${random()}`,
  UNLEASH_CLIENT_TOKEN: `default:development.${random()}`,
};

const file = process.argv[2] ?? join(root, '.env');
if (existsSync(file)) {
  console.error(`${file} is there already and stays as it is: the databases were made with its passwords.`);
  process.exit(1);
}
const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}`);
writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
console.log(`${file} holds the passwords now; "docker compose up --build" starts the system.`);
