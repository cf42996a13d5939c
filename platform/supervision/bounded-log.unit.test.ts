import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundLog, lastLines, openLog } from './bounded-log.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bounded-log-'));
  file = join(folder, 'a.log');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a bounded log', () => {
  it('begins anew when it is too large, and keeps what was there in one older file', () => {
    const log = openLog(file);
    writeSync(log, 'old line\n');
    boundLog(file, 5);
    writeSync(log, 'new line\n');
    closeSync(log);
    expect(readFileSync(file, 'utf8')).toBe('new line\n');
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('old line\n');
  });

  it('is left alone while it is small, or not there yet', () => {
    boundLog(file, 5);
    closeSync(openLog(file));
    boundLog(file, 5);
    expect(statSync(file).size).toBe(0);
  });

  it('is readable by its owner only', () => {
    closeSync(openLog(file));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('shows its last lines, however long it is', () => {
    const log = openLog(file);
    writeSync(log, `${'x'.repeat(50_000)}\none\ntwo\nthree\n`);
    closeSync(log);
    expect(lastLines(file, 2)).toEqual(['two', 'three']);
  });

  it('has no last lines when it is not there', () => {
    expect(lastLines(file, 2)).toEqual([]);
  });
});
