import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unprivilegedUser } from './unprivileged-user.js';

const root = join(import.meta.dirname, '../..');
const { user } = unprivilegedUser(root, process.execPath);
/** Root may write everywhere. */
const describeWhere = user.uid === 0 ? describe.skip : describe;

describeWhere('a start in a clone that is not compiled, by a user who may not write there', () => {
  let clone: string;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'not-compiled-'));
    cpSync(join(root, 'deploy/bin'), join(clone, 'deploy/bin'), { recursive: true });
    chmodSync(clone, 0o555);
  });
  afterEach(() => {
    chmodSync(clone, 0o755);
    rmSync(clone, { recursive: true });
  });

  it('says who has to run what, and is over', () => {
    const start = join(clone, 'deploy/bin/start.mjs');
    const { status, stderr } = spawnSync(process.execPath, [start], { ...user, encoding: 'utf8' });
    expect(stderr).toContain(`you may not write to ${clone}.\nLet its owner run "npm start -- --help" there`);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(1);
  });
});
