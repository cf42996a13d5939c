import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientFeaturesResponse } from 'unleash-client';
import { writeFileAtomically } from '#platform/supervision/write-file-atomically.js';

/**
 * Keeps the last known flags in a folder, for a gateway that starts while Unleash is down. The SDK's own backup can
 * be cut short by a crash; this one is replaced as a whole, and only when something has changed.
 */
export function createFlagBackup(folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'flags.json');
  let written = '';
  return {
    set(_key: string, data: ClientFeaturesResponse): Promise<void> {
      const text = JSON.stringify(data);
      if (text !== written) writeFileAtomically(file, text, 0o600);
      written = text;
      return Promise.resolve();
    },
    get(): Promise<ClientFeaturesResponse | undefined> {
      return Promise.resolve(readBackup(file));
    },
  };
}

function readBackup(file: string): ClientFeaturesResponse | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClientFeaturesResponse;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
