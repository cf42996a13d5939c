import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '#platform/supervision/write-file-atomically.js';

const secretsFile = z.record(z.string(), z.string());

/** Gives the secret of a name: the same in every start of one data folder. */
export type Secrets = (name: string) => string;

/**
 * The generated passwords of a data folder: made when first asked for, kept in `secrets.json`, readable by its owner only.
 * @throws when the file is there and isn't ours: new passwords would lock the servers' data away
 */
export function openSecrets(dataDir: string): Secrets {
  const file = join(dataDir, 'secrets.json');
  const known = readSecrets(file);
  return (name) => {
    const found = known[name];
    if (found !== undefined) return found;
    const made = randomBytes(24).toString('hex');
    known[name] = made;
    writeFileAtomically(file, `${JSON.stringify(known, null, 2)}\n`, 0o600);
    return made;
  };
}

function readSecrets(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return secretsFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(
      `${file} is damaged, and the servers' data can't be opened without its passwords: ` +
        'restore it from a backup, or remove the whole data folder to start with an empty shop',
      { cause },
    );
  }
}
