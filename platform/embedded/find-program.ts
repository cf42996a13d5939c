import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where package managers put servers that an ordinary user's PATH doesn't name. */
const serverFolders = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/libexec',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/usr/local/mysql/bin',
];

/**
 * Finds the first program that exists.
 * @param names in order of preference
 * @param path folders, as in the environment variable `PATH`
 * @returns its path, or undefined
 */
export function findProgram(names: readonly string[], path: string): string | undefined {
  const folders = [...path.split(delimiter), ...serverFolders].filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
