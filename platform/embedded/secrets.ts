import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '#platform/supervision/write-file-atomically.js';

const secretsFile = z.record(z.string(), z.string());

/**
 * Gives the secret of a name, in hexadecimal digits: the same in every start of one data folder.
 * @param bytes of one that is made now; 24 where it isn't said
 */
export type Secrets = (name: string, bytes?: number) => string;

/**
 * The generated passwords of a data folder: made when first asked for, kept in `secrets.json`, readable by its owner only.
 * @param onMade called with the name of each secret that is made
 * @throws when the file is there and isn't ours: new passwords would lock the servers' data away
 */
export function openSecrets(dataDir: string, onMade?: (name: string) => void): Secrets {
  const file = join(dataDir, 'secrets.json');
  const known = readSecrets(file);
  return (name, bytes = 24) => {
    const found = known[name];
    if (found !== undefined) return found;
    const made = randomBytes(bytes).toString('hex');
    known[name] = made;
    writeFileAtomically(file, `${JSON.stringify(known, null, 2)}\n`, 0o600);
    onMade?.(name);
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
