import { assignPorts } from '../assign-ports.js';
import { readProcessRecords } from '../process-records.js';
import { createSupervisor } from '../supervisor.js';
import { endLeftovers } from '../end-leftovers.js';
import { guardProcess } from '../guard-process.js';
import { lockDataFolder } from '../data-folder-lock.js';
import type { ManagedProcess } from '../managed-process.js';
import { prepareDataFolder } from '../prepare-data-folder.js';
import { acceptsConnections } from '../probes.js';

/**
 * A small system for the tests of the supervisor, run as a process of its own, so that it can be killed.
 * Arguments: data folder, documented port of `base` and of `top`, and how `top` behaves.
 */
const [dataDir = '', basePort, topPort, behaviour = 'obedient'] = process.argv.slice(2);

const listen = (port: number) => `require('node:net').createServer().listen(${port}, '127.0.0.1');`;

prepareDataFolder(dataDir);
const unlock = lockDataFolder(dataDir);
const before = readProcessRecords(dataDir);
const ended = before === undefined ? [] : await endLeftovers(before, 500);
say(`leftovers: ${ended.join(', ')}`);

const documented = { base: Number(basePort), top: Number(topPort) };
const { ports, remarks, release } = await assignPorts(dataDir, documented, false);
for (const remark of remarks) say(`remark: ${remark}`);

const behaviours: Record<string, string> = {
  obedient: listen(ports.top),
  // Ignores SIGTERM, and has a worker that does too.
  stubborn: `process.on('SIGTERM', () => {});
    const worker = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    console.log('worker', require('node:child_process').spawn(process.execPath, ['-e', worker]).pid);
    ${listen(ports.top)}`,
  // Another program takes its port before it listens.
  late: `const { spawn } = require('node:child_process');
    const own = require('node:net').createServer().listen(${ports.top}, '127.0.0.1');
    own.on('error', () => process.exit(1)).on('listening', () => own.close(() => {
      const code = ${JSON.stringify(`${listen(ports.top).slice(0, -2)}, () => console.log('ready'));`)};
      const other = spawn(process.execPath, ['-e', code], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
      console.log('other program', other.pid);
      other.stdout.once('data', () => process.exit(1));
    }));`,
  // Works for longer than an idle one would be waited for, and then listens.
  hardworking: `while (process.cpuUsage().user < 5_000_000); ${listen(ports.top)}`,
  idle: `setInterval(() => {}, 100);`,
  broken: `console.error('no such table: orders'); process.exit(3);`,
};

const impatient = { idleFor: 2_000, atMost: 3_600_000 };

function program(name: string, port: number, code: string, dependsOn: string[]): ManagedProcess {
  return {
    name,
    command: process.execPath,
    args: ['-e', code],
    env: {},
    port,
    dependsOn,
    ready: acceptsConnections(port),
    stopWithin: 500,
    ...(['hardworking', 'idle'].includes(behaviour) && name === 'top' ? { limits: impatient } : {}),
  };
}

const supervisor = createSupervisor({
  dataDir,
  inherited: {},
  tasks: [
    guardProcess(dataDir),
    program('base', ports.base, listen(ports.base), ['guard']),
    program('top', ports.top, behaviours[behaviour] ?? '', ['base']),
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
  unlock();
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
