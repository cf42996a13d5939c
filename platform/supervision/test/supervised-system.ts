import { readProcessRecords } from '../process-records.js';
import { createSupervisor } from '../supervisor.js';
import { endLeftovers } from '../end-leftovers.js';
import { guardProcess } from '../guard-process.js';
import { lockDataFolder } from '../data-folder-lock.js';
import type { ManagedProcess } from '../managed-process.js';
import { acceptsConnections } from '../probes.js';

/**
 * A small system for the tests of the supervisor, run as a process of its own, so that it can be killed.
 * Arguments: data folder, port of `base`, port of `top`, and how `top` behaves.
 */
const [dataDir = '', basePort = '', topPort = '', behaviour = 'obedient'] = process.argv.slice(2);

const listen = (port: string) => `require('node:net').createServer().listen(${port}, '127.0.0.1');`;

const behaviours: Record<string, string> = {
  obedient: listen(topPort),
  // Ignores SIGTERM, and has a worker that does too.
  stubborn: `process.on('SIGTERM', () => {});
    const worker = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    console.log('worker', require('node:child_process').spawn(process.execPath, ['-e', worker]).pid);
    ${listen(topPort)}`,
  broken: `console.error('no such table: orders'); process.exit(3);`,
};

function program(name: string, port: string, code: string, dependsOn: string[]): ManagedProcess {
  return {
    name,
    command: process.execPath,
    args: ['-e', code],
    env: {},
    port: Number(port),
    dependsOn,
    ready: acceptsConnections(Number(port)),
    stopWithin: 500,
  };
}

const release = lockDataFolder(dataDir);
const before = readProcessRecords(dataDir);
const ended = before === undefined ? [] : await endLeftovers(before, 500);
say(`leftovers: ${ended.join(', ')}`);

const supervisor = createSupervisor({
  dataDir,
  inherited: {},
  tasks: [
    guardProcess(dataDir),
    program('base', basePort, listen(basePort), ['guard']),
    program('top', topPort, behaviours[behaviour] ?? '', ['base']),
  ],
  report: {
    done: (name) => say(`done: ${name}`),
    died: ({ name, how, lastLines }) => say(`died: ${name} ${how} ${lastLines.join()}`),
    back: (name) => say(`back: ${name}`),
    warn: (message) => say(`warning: ${message}`),
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function end(code: number): Promise<void> {
  await supervisor.stop();
  release();
  process.exit(code);
}

process.once('SIGTERM', () => void end(0));
try {
  await supervisor.start();
  say('all ready');
} catch (error) {
  say(String(error));
  await end(1);
}
