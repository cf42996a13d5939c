import { dirname, join } from 'node:path';
import ts from 'typescript';
import { repositoryFiles, root } from './repository.js';

/** Sources of the repository with their types. */
export interface TypedSources {
  checker: ts.TypeChecker;
  /** Those that were asked for, by their paths in the repository. */
  files: ReadonlyMap<string, ts.SourceFile>;
}

/**
 * Reads sources with their types, as `tsc` does.
 * @param wanted which of the repository's files
 * @param planted files that are not there, and are judged as if they were: text by path
 */
export function readTypedSources(
  wanted: (path: string) => boolean,
  planted: Readonly<Record<string, string>> = {},
): TypedSources {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    { ...ts.sys, readDirectory: () => [] },
    dirname(join(root, 'tsconfig.json')),
  );
  const paths = [...repositoryFiles().filter(wanted), ...Object.keys(planted)];
  const host = ts.createCompilerHost(options, true);
  const textOf = new Map(Object.entries(planted).map(([path, text]) => [join(root, path), text]));
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (path) => textOf.get(path) ?? readFile(path);
  host.fileExists = (path) => textOf.has(path) || fileExists(path);
  const program = ts.createProgram({
    rootNames: paths.map((path) => join(root, path)),
    options: { ...options, incremental: false, noEmit: true },
    host,
  });
  const files = paths.flatMap((path) => {
    const file = program.getSourceFile(join(root, path));
    return file ? [[path, file] as const] : [];
  });
  return { checker: program.getTypeChecker(), files: new Map(files) };
}
