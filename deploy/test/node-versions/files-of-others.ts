import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Lists a folder and all that is in it, where it belongs to another user than that one. */
export function filesOfOthers(folder: string, uid: number): string[] {
  const inside = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return [folder, ...inside.map((path) => join(folder, path))].filter((path) => lstatSync(path).uid !== uid);
}
