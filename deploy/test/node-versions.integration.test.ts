import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listProcesses } from '#platform/supervision/list-processes.js';
import { processIdentity } from '#platform/supervision/process-identity.js';
import { patience } from '../../tests/support/wide-limits.js';
import { dialogue } from '../local/dialogue.js';
import { onlyWith } from '../local/service-processes.js';
import { shopProcesses } from '../local/shop-processes.js';
import { filesOfOthers } from './node-versions/files-of-others.js';
import { installNode } from './node-versions/install-node.js';
import { runningProgram } from './node-versions/running-program.js';
import { ownUser, unprivilegedUser } from './unprivileged-user.js';
import { npmStart, readData, type StartedSystem, untilUp } from './npm-start.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const strangler = join(root, 'deploy/bin/strangler.mjs');
const { isCi } = dialogue({ CI: process.env['CI'], PATH: '' });

/** They come from the operating system; every other process of the system is run by Node. */
const nativePrograms = ['mysql', 'nats'];
const expectedProcesses = [
  ...nativePrograms,
  ...['unleash-db', 'unleash', 'mail'],
  ...onlyWith(['inventory'], shopProcesses).map(({ name }) => name),
];

const node22 = await installNode(22, join(root, '.data-node'));
const node24 = await installNode(24, join(root, '.data-node'));
const starts = [
  { ...node22, major: 22, user: ownUser(), whose: 'the user of this test' },
  { ...node24, major: 24, ...unprivilegedUser(root, node24.node) },
];

for (const { major, node = '', missing, user, whose } of starts) {
  // Without a network a person can still run all other tests; CI must run this one.
  if (missing !== undefined && isCi) throw new Error(missing);
  if (missing !== undefined) process.stderr.write(`Tests of Node ${major} are skipped: ${missing}\n`);
  const describeWhere = missing === undefined ? describe : describe.skip;

  describeWhere(`npm start, run by Node ${major} as ${whose}`, () => {
    let folder: string;
    let dataDir: string;
    let system: StartedSystem | undefined;

    const runAs = () => ({
      node,
      ...user,
      environment: { ...process.env, PATIENCE: String(patience), HOME: folder },
    });

    beforeAll(async () => {
      // Compiles what has changed: another user than the owner of the repository could not.
      await run(process.execPath, [strangler, '--help']);
      folder = mkdtempSync(join(tmpdir(), `node-${major}-`));
      dataDir = join(folder, 'data');
      chownSync(folder, user.uid, user.gid);
      system = npmStart(dataDir, ['--services', 'inventory'], runAs());
      await untilUp(system);
    });

    afterAll(async () => {
      system?.child.kill('SIGTERM');
      await system?.ended;
      if (folder) rmSync(folder, { recursive: true });
    });

    it('runs every program of the system with that Node, as that user', () => {
      const running = (listProcesses(dataDir) ?? []).map(({ name, pid }) => ({
        name,
        ...runningProgram(pid ?? 0),
      }));
      expect(running.map(({ name }) => name)).toEqual(expect.arrayContaining(expectedProcesses));
      expect(running.filter(({ uid }) => uid !== user.uid)).toEqual([]);
      const byNode = running.filter(({ name }) => !nativePrograms.includes(name));
      expect(byNode.filter(({ program }) => program !== node)).toEqual([]);
    });

    it('serves a shop that is not empty, through the gateway', async () => {
      const { gateway = '' } = readData(dataDir, 'addresses.json');
      const response = await fetch(`${gateway}/inventory?limit=1`);
      expect(await response.json()).toMatchObject({ items: [{ available: expect.any(Number) }] });
    });

    it('shows its status on a command line that the same Node and user run', async () => {
      const status = [strangler, 'status', '--json', '--data-dir', dataDir];
      const { stdout } = await run(node, status, { ...user, env: runAs().environment, cwd: root });
      expect(JSON.parse(stdout)).toMatchObject({
        endpoints: expect.arrayContaining([expect.objectContaining({ flag: 'inventory.get' })]),
      });
    });

    it('ends when asked to, and leaves no process behind, nor a file that another user owns', async () => {
      const pids = (listProcesses(dataDir) ?? []).map(({ pid }) => pid ?? 0);
      system?.child.kill('SIGTERM');
      expect(await system?.ended).toBe(0);
      expect(pids.filter((pid) => processIdentity(pid) !== undefined)).toEqual([]);
      expect(filesOfOthers(folder, user.uid)).toEqual([]);
    });
  });

  describeWhere(`npm test, run by Node ${major}`, () => {
    it('runs a suite', async () => {
      const suite = ['--selectProjects', 'unit', 'platform/supervision/restart-policy'];
      const { stdout } = await run(node, [join(root, 'deploy/bin/test.mjs'), ...suite], { cwd: root });
      expect(stdout).toMatch(/[1-9]\d* passed/);
    });
  });
}
