import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdFile } from './held-file.js';
import { processIdentity } from './process-identity.js';

let folder: string;
let file: string;
const stale = JSON.stringify({ pid: process.pid, identity: 'boot.1' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'held-file-'));
  file = join(folder, 'held');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a file that a process holds', () => {
  it('tells others who holds it', () => {
    holdFile(file, { dataDir: '/one' });
    expect(holdFile(file, {})).toMatchObject({ heldBy: { pid: process.pid, dataDir: '/one' } });
  });

  it('is not removed by a holder that lost it: somebody has removed it by hand, and another process holds it now', () => {
    const lost = holdFile(file, { number: 1 });
    rmSync(file);
    holdFile(file, { number: 2 });
    if ('release' in lost) lost.release();
    expect(readFileSync(file, 'utf8')).toContain('"number":2');
  });

  it('is taken over when its process is gone', () => {
    writeFileSync(file, stale);
    expect(holdFile(file, {})).toHaveProperty('release');
    expect(readdirSync(folder)).toEqual(['held']);
  });

  it('is left to a quicker process that has taken it over in the meantime', () => {
    writeFileSync(file, stale);
    const quicker = { pid: process.ppid, identity: processIdentity(process.ppid) ?? '' };
    const result = holdFile(file, {}, (found) => {
      if (found.identity !== 'boot.1') return true;
      rmSync(file);
      writeFileSync(file, JSON.stringify(quicker));
      return false;
    });
    expect(result).toEqual({ heldBy: quicker });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(quicker);
  });

  it('is taken over even if an earlier process was killed while it did so', () => {
    writeFileSync(file, stale);
    const rightToRemove = createHash('sha256').update(stale).digest('hex').slice(0, 16);
    writeFileSync(`${file}.${rightToRemove}`, stale.replace('boot.1', 'boot.2'));
    expect(holdFile(file, {})).toHaveProperty('release');
    expect(readdirSync(folder)).toEqual(['held']);
  });
});
