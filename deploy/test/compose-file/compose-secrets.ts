import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Variables } from './interpolate.js';

const program = join(import.meta.dirname, '../../bin/compose-secrets.mjs');

/** Writes a file of passwords for docker compose, as a user does. @throws when it exists */
export function writeComposeSecrets(file: string): void {
  execFileSync(process.execPath, [program, file], { stdio: 'pipe' });
}

export function readComposeSecrets(file: string): Variables {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]));
}

/** New passwords that are stored nowhere. */
export function makeComposeSecrets(): Variables {
  const folder = mkdtempSync(join(tmpdir(), 'compose-secrets-'));
  try {
    const file = join(folder, '.env');
    writeComposeSecrets(file);
    return readComposeSecrets(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
