import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSecrets } from './secrets.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the secrets of a data folder', () => {
  it('stay the same over starts, and differ from each other', () => {
    const first = openSecrets(folder);
    const made = [first('mysql.monolith'), first('nats.monolith')];
    const second = openSecrets(folder);
    expect([second('mysql.monolith'), second('nats.monolith')]).toEqual(made);
    expect(made[0]).not.toBe(made[1]);
  });

  it('differ from those of another folder', () => {
    const here = openSecrets(folder)('mysql.admin');
    rmSync(join(folder, 'secrets.json'));
    expect(openSecrets(folder)('mysql.admin')).not.toBe(here);
  });

  it('are readable by their owner only', () => {
    openSecrets(folder)('mysql.admin');
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{"mysql.admin": '])(
    'are never replaced when the file holds %j: the data behind them would be locked away',
    (content) => {
      const file = join(folder, 'secrets.json');
      writeFileSync(file, content);
      expect(() => openSecrets(folder)).toThrow(`${file} is damaged`);
      expect(readFileSync(file, 'utf8')).toBe(content);
    },
  );
});
