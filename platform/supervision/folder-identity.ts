import { realpathSync, statSync } from 'node:fs';
import { z } from 'zod';

/** Which folder a file was written for. A copy of the folder holds a copy of the file, which still names the original. */
export const folderIdentity = z.object({
  /** Without symbolic links. */
  path: z.string(),
  /** Device and inode, as text that is only ever compared. */
  inode: z.string(),
});

export type FolderIdentity = z.infer<typeof folderIdentity>;

/** @throws when the folder does not exist */
export function identifyFolder(folder: string): FolderIdentity {
  // As big integers: inodes may exceed what a number holds exactly.
  const { dev, ino } = statSync(folder, { bigint: true });
  return { path: realpathSync(folder), inode: `${dev}:${ino}` };
}

/**
 * Was the file written for this folder, and not for one that it was copied from?
 * The inode recognizes a folder that was moved, or is reached by a link or a bind mount. The path recognizes one that was
 * replaced while its programs run: they find the replacement by that path.
 */
export function isFolder(recorded: FolderIdentity, folder: string): boolean {
  const actual = identifyFolder(folder);
  return recorded.inode === actual.inode || recorded.path === actual.path;
}
