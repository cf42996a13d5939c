import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Replaces a file so that a reader sees the old or the new content, never a part, and a crash leaves one of both.
 * @param mode permissions, e.g. 0o600 for secrets; they hold before the first byte is written
 * @throws the operating system's error, with the file's path; the old content stays
 */
export function writeFileAtomically(file: string, content: string, mode = 0o644): void {
  const aside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(aside, content, { mode, flush: true });
    renameSync(aside, file);
  } catch (error) {
    removeIfPossible(aside);
    // A full disk is reported without a path.
    throw Object.assign(error as Error, { path: file });
  }
}

function removeIfPossible(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The first error says more.
  }
}
