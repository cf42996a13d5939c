import { renameSync, writeFileSync } from 'node:fs';

/**
 * Replaces a file so that a reader sees the old or the new content, never a part, and a crash leaves one of both.
 * @param mode permissions, e.g. 0o600 for secrets; they hold before the first byte is written
 */
export function writeFileAtomically(file: string, content: string, mode = 0o644): void {
  const aside = `${file}.${process.pid}.new`;
  writeFileSync(aside, content, { mode, flush: true });
  renameSync(aside, file);
}
