import { dirname, join, normalize } from 'node:path/posix';
import { checkCommandLine, type KnownCommands } from './check-command.js';
import { anchorsOf, claimsOf } from './markdown-claims.js';

/** Everything that documents may name. */
export interface World extends KnownCommands {
  /** Files of the repository. */
  files: readonly string[];
  /** All source text: names of variables must stand somewhere in it. */
  variableSources: string;
  /** Ports on which something listens by default. */
  ports: readonly number[];
  read(path: string): string;
}

/** What a document names that does not exist. */
export function checkDocument(path: string, markdown: string, world: World): string[] {
  const claims = claimsOf(markdown);
  return [
    ...claims.commands.flatMap((line) =>
      checkCommandLine(line, world).map((problem) => `"${line}": ${problem}`),
    ),
    ...claims.paths
      .filter((named) => isOurs(named, world) && !exists(named, world) && !exists(beside(path, named), world))
      .map((named) => `there is no ${named}`),
    ...claims.links.flatMap((target) => checkLink(path, markdown, target, world)),
    ...claims.variables
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(world.variableSources))
      .map((name) => `nothing is called ${name}`),
    ...claims.ports
      .filter((port) => !world.ports.includes(port))
      .map((port) => `nothing listens on port ${port}`),
  ];
}

/** A path is one of the repository when it begins as one of its files does, or is a file of its top level. */
function isOurs(path: string, { files }: World): boolean {
  const [top = ''] = path.split('/');
  return path.includes('/')
    ? files.some((file) => file.startsWith(`${top}/`))
    : !producedAtRunTime.includes(path);
}

/** A document in a folder may speak of the files beside it. */
function beside(document: string, named: string): string {
  return join(dirname(document), named);
}

/** What a running system leaves in its data folder. */
const producedAtRunTime = ['addresses.json', 'processes.json', 'secrets.json'];

function exists(path: string, { files }: World): boolean {
  const plain = path.replace(/\/$/, '');
  return files.some((file) => file === plain || file.startsWith(`${plain}/`));
}

function checkLink(path: string, markdown: string, target: string, world: World): string[] {
  const [file = '', anchor] = target.split('#');
  const linked = file === '' ? path : normalize(beside(path, file));
  if (file !== '' && !exists(linked, world)) return [`the link ${target} leads nowhere`];
  if (anchor === undefined || !linked.endsWith('.md')) return [];
  const text = file === '' ? markdown : world.read(linked);
  return anchorsOf(text).includes(anchor) ? [] : [`${linked} has no heading for the link ${target}`];
}
