import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withFolderLock } from './folder-lock.mjs';

/** Plain JavaScript without dependencies: it runs on a fresh clone, before anything is installed or compiled. */

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const leastNode = [20, 19];
const dist = join(root, 'dist');
const stamp = join(dist, 'built-from');
const mayNotWrite = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Makes the clone runnable: packages as in the lock file, `dist` as in the sources. Costs some 30 ms when both are current.
 * Programs that start at the same moment wait for the first one instead of doing the same work in the same folder.
 * Ends the process with a message that says what to do when it can't.
 * @param {(line: string) => void} say receives a line before and after each step that takes time
 */
export async function prepare(say) {
  checkNode();
  if (packagesAreCurrent() && buildIsCurrent()) return;
  try {
    await withFolderLock(join(root, '.data-preparing'), say, async () => {
      if (!packagesAreCurrent()) await installPackages(say);
      if (!buildIsCurrent()) await build(say);
    });
  } catch (error) {
    if (!mayNotWrite.includes(error.code)) throw error;
    fail(
      `Packages have to be installed or sources compiled first, and you may not write to ${root}.\n` +
        `Let its owner run "npm start -- --help" there, then start again. (${error.message})`,
    );
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  fail(
    `Node ${leastNode.join('.')} or newer is needed, this is ${process.versions.node}: see https://nodejs.org/en/download`,
  );
}

/** npm writes `node_modules/.package-lock.json` at the end of each installation. */
function packagesAreCurrent() {
  return (
    modified(join(root, 'node_modules', '.package-lock.json')) >= modified(join(root, 'package-lock.json'))
  );
}

async function installPackages(say) {
  const started = Date.now();
  say('installing packages (npm ci), about a minute the first time ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = await run(npm, ['ci', '--no-audit', '--no-fund']);
  if (result.code !== 0) fail(`npm ci failed, so nothing can be started:\n${result.output}`);
  say(`packages installed in ${seconds(started)}`);
}

function buildIsCurrent() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprintOfSources();
}

async function build(say) {
  const started = Date.now();
  say('compiling ...');
  const fingerprint = fingerprintOfSources();
  // Without a stamp nobody knows what happened to the outputs, and tsc would trust its notes about them.
  if (!existsSync(stamp)) rmSync(join(dist, 'build.tsbuildinfo'), { force: true });
  const result = await run(process.execPath, [
    join('node_modules', '.bin', 'tsc'),
    '-p',
    'tsconfig.build.json',
  ]);
  removeOutputsWithoutSource(dist);
  // Types that don't fit are told, and are what `npm run check` is for; somebody who is in the middle of a change can
  // still see it run. Without the stamp the next start compiles again.
  if (result.code !== 0) return say(`compiled in ${seconds(started)}, with mistakes:\n${result.output}`);
  writeFileSync(stamp, fingerprint);
  say(`compiled in ${seconds(started)}`);
}

/** Changes when a source is added, removed or written. Tests don't count, they aren't compiled. */
function fingerprintOfSources() {
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'])
    hash.update(describe(join(root, file)));
  for (const file of sources(root)) hash.update(describe(file));
  return hash.digest('hex');
}

function describe(file) {
  const { size, mtimeMs } = statSync(file);
  return `${relative(root, file)} ${size} ${mtimeMs}\n`;
}

/** A process could still be started from an output whose source was removed or renamed. */
function removeOutputsWithoutSource(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeOutputsWithoutSource(path);
    const source = join(root, relative(dist, path)).replace(/\.js(\.map)?$/, '.ts');
    if (entry.isFile() && source.endsWith('.ts') && !existsSync(source)) rmSync(path);
  }
}

function* sources(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')) yield path;
  }
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}

/** Output is kept back and shown only when the command fails. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
