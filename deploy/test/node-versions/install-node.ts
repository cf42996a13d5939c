import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { processIdentity } from '#platform/supervision/process-identity.js';

const run = promisify(execFile);

/** A Node binary, or why this machine can't have it. */
export type InstalledNode = { node: string; missing?: undefined } | { node?: undefined; missing: string };

/**
 * Installs the newest Node of a major version from npm, where the packages hold nothing but the binary. Later runs find it
 * in the cache.
 * @param cache folder that keeps the binaries, more than 100 MB each
 */
export async function installNode(major: number, cache: string): Promise<InstalledNode> {
  const name = packageName();
  const folder = join(cache, `${name}-${major}`);
  const node = join(folder, 'node_modules', name, 'bin', 'node');
  try {
    if (!existsSync(node)) await install(`${name}@${major}`, cache, folder);
    await run(node, ['--version']);
    return { node: realpathSync(node) };
  } catch (error) {
    return { missing: `${name}@${major} from npm can't be used: ${reason(error)}` };
  }
}

/** Its packages follow Node's own names of platforms, with one exception: that name belongs to something else on npm. */
function packageName(): string {
  const target = `${process.platform}-${process.arch}`;
  return target === 'darwin-arm64' ? `node-bin-${target}` : `node-${target}`;
}

/** Installs beside the folder and renames, so that no run ever finds half a binary. */
async function install(wanted: string, cache: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  removeUnfinished(cache);
  const unfinished = `${folder}.${process.pid}`;
  process.stderr.write(`Installing ${wanted} from npm to ${cache}, for tests ...\n`);
  try {
    await run('npm', ['install', wanted, '--prefix', unfinished, ...options]);
    renameSync(unfinished, folder);
  } catch (error) {
    // Another run that did the same may have been quicker.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

const options = [
  ...['--json', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'],
  // Without a network, npm would wait for more than a minute before it says so.
  ...['--prefer-offline', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'],
];

/** Removes what runs that were killed have left; the name of each folder ends with the pid of its run. */
function removeUnfinished(cache: string): void {
  for (const name of readdirSync(cache)) {
    const pid = /\.(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && processIdentity(Number(pid)) === undefined)
      rmSync(join(cache, name), { recursive: true, force: true });
  }
}

/** npm's own summary, or the first line of any other error. */
function reason(error: unknown): string {
  const { stdout = '', message } = error as Error & { stdout?: string };
  const summary = /"summary": "(.*)"/.exec(stdout)?.[1];
  return summary ?? message.split('\n')[0] ?? message;
}
