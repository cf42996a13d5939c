import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * How Node starts a program of ours: from the build, which starts in half the time, or from the sources where it is
 * not built, as programs that only tests have. `npm test` builds first.
 * @param main path of its TypeScript file
 */
export function programArguments(main: string): string[] {
  const built = join(root, 'dist', relative(root, main).replace(/\.ts$/, '.js'));
  return existsSync(built) ? [built] : ['--conditions=source', '--import', 'tsx', main];
}
