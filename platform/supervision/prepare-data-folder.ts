import { accessSync, constants, mkdirSync } from 'node:fs';
import { explainFileError } from './explain-file-error.js';

/**
 * Creates the data folder if it is missing; only its owner may enter it.
 * @throws with what to do when it can't be created, or when this user may not use it
 */
export function prepareDataFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw explainFileError(error);
  }
}
