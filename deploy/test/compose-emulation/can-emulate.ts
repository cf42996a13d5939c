import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '#platform/embedded/find-program.js';
import { namespaces } from './start-emulation.js';

const programs = [
  'unshare',
  'nsenter',
  'setpriv',
  'chroot',
  'ip',
  'mariadbd',
  'mariadb-install-db',
  'nats-server',
];

/** Why this machine can't run containers without Docker; undefined where it can. */
export function whyNoEmulation(repository: string): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = programs.filter((name) => !findProgram([name], process.env['PATH'] ?? ''));
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  const makesNetworks =
    'ip link add bridge0 type bridge && ip link add port0 type veth peer name port1 && mount -t tmpfs tmpfs /run';
  if (spawnSync('unshare', [...namespaces, 'sh', '-c', makesNetworks]).status !== 0)
    return 'needs the right to make network and mount namespaces';
  // What containers run belongs to whoever has cloned this, and is read by another user.
  const readable = ['', 'dist', 'node_modules'].every(
    (path) => (statSync(join(repository, path)).mode & 0o005) === 0o005,
  );
  return readable ? undefined : 'needs a clone that other users can read';
}
