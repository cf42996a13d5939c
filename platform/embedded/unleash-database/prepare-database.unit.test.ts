import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keep } from './prepare-database.js';

let root: string;
const at = (name: string) => join(root, name);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kept-database-'));
  mkdirSync(at('database'));
  writeFileSync(at('database/PG_VERSION'), '17');
});

afterEach(() => rmSync(root, { recursive: true }));

describe('the copy of a database that is kept for the next data folder', () => {
  it('is made in a folder that does not exist yet', () => {
    keep(at('database'), at('cache/of/packages/kept'));
    expect(readdirSync(at('cache/of/packages/kept'))).toEqual(['PG_VERSION']);
  });

  it('stays as it is when another start was quicker', () => {
    mkdirSync(at('cache/kept'), { recursive: true });
    writeFileSync(at('cache/kept/of-another'), '');
    keep(at('database'), at('cache/kept'));
    expect(readdirSync(at('cache'))).toEqual(['kept']);
    expect(readdirSync(at('cache/kept'))).toEqual(['of-another']);
  });

  it('is left out without a word where nothing can be written', () => {
    writeFileSync(at('file'), '');
    keep(at('database'), at('file/kept'));
    expect(readdirSync(root).sort()).toEqual(['database', 'file']);
  });

  it('leaves nothing behind when the database can not be read', () => {
    keep(at('missing'), at('cache/kept'));
    expect(readdirSync(at('cache'))).toEqual([]);
  });
});
