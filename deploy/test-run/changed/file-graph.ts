import { dirname, join, normalize } from 'node:path/posix';

/** For each file of a repository the files that name it, all relative to the repository. */
export type Dependents = ReadonlyMap<string, ReadonlySet<string>>;

/** A quoted word that could be the path of a file or a folder. */
const quotedPath = /(['"`])((?:\.{1,2}\/|#|[\w-]+\/)[\w@./-]*)\1/g;

/**
 * Finds out which files depend on which: a source depends on each file that it names in quotes, be it imported, read, or
 * started as a program of its own. A built program (`dist/x.js`, or `x.js` beside no such file) stands for its source,
 * and a folder for all that is in it.
 * @param files all files of the repository, relative to it
 * @param read gives the text of one
 */
export function fileGraph(files: readonly string[], read: (file: string) => string): Dependents {
  const known = new Set(files);
  const dependents = new Map<string, Set<string>>();
  for (const file of files.filter((one) => /\.(ts|mjs)$/.test(one))) {
    for (const [, , path = ''] of read(file).matchAll(quotedPath))
      for (const named of filesNamed(path, file, known)) {
        const those = dependents.get(named) ?? new Set();
        dependents.set(named, those.add(file));
      }
  }
  return dependents;
}

/** All files that depend on one of these, directly or through others, and these themselves. */
export function withDependents(changed: readonly string[], dependents: Dependents): Set<string> {
  const found = new Set<string>();
  const open = [...changed];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    open.push(...(dependents.get(file) ?? []));
  }
  return found;
}

function filesNamed(path: string, by: string, known: ReadonlySet<string>): string[] {
  const places = path.startsWith('#')
    ? [path.slice(1)]
    : path.startsWith('.')
      ? [normalize(join(dirname(by), path))]
      : [path.replace(/^dist\//, '')];
  return places.flatMap((place) => fileOrFolder(place, known));
}

function fileOrFolder(place: string, known: ReadonlySet<string>): string[] {
  const asFile = [place, place.replace(/\.js$/, '.ts')].filter((file) => known.has(file));
  if (asFile.length > 0 || !place.endsWith('/')) return asFile;
  // The whole repository is no dependency: else each file would depend on each other.
  return /\w/.test(place) ? [...known].filter((file) => file.startsWith(place)) : [];
}
