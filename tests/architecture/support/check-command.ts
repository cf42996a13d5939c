import type { Command } from 'commander';

/** What command lines may name. */
export interface KnownCommands {
  /** The `strangler` program with all its commands. */
  program: Command;
  /** Names of the scripts of package.json. */
  scripts: readonly string[];
  /** Options of `npm start -- ...`. */
  startOptions: readonly string[];
  /** Services of the compose file. */
  containers: readonly string[];
}

/**
 * What is wrong with the parts of a command line that run programs of ours: each command, script and option must exist.
 * Everything else, such as `curl`, is not our business.
 */
export function checkCommandLine(line: string, known: KnownCommands): string[] {
  return line.split(/\||&&|;|<\(|\$\(/).flatMap((part) => checkOne(wordsOf(part), known));
}

function checkOne(words: string[], known: KnownCommands): string[] {
  const program = words.findIndex((word) => !/^[A-Z][A-Z0-9_]*=/.test(word));
  const [first = '', second = '', ...rest] = words.slice(Math.max(program, 0));
  if (first === 'npx' && second === 'strangler') return checkStrangler(rest, known.program);
  if (first === 'strangler') return checkStrangler([second, ...rest].filter(Boolean), known.program);
  if (first === 'docker' && second === 'compose') return checkCompose(rest, known);
  if (first !== 'npm') return [];
  if (second === 'run') return known.scripts.includes(rest[0] ?? '') ? [] : [`there is no script ${rest[0]}`];
  if (second === 'start') return checkStart(rest, known.startOptions);
  return ['test', 'ci', 'install', 'link'].includes(second) ? [] : [`npm ${second} does nothing here`];
}

/** `docker compose run` of the command line is checked as the command that it runs. */
function checkCompose([command = '', ...words]: string[], { containers, program }: KnownCommands): string[] {
  if (command !== 'run' && command !== 'exec') return [];
  const at = words.findIndex((word, index) => !word.startsWith('-') && words[index - 1] !== '--volume');
  const [service = '', ...rest] = words.slice(at);
  if (!containers.includes(service)) return [`docker-compose.yml has no service ${service}`];
  return service === 'cli' ? checkStrangler(rest, program) : [];
}

function checkStart(words: readonly string[], options: readonly string[]): string[] {
  return words
    .filter((word) => word.startsWith('--') && word !== '--')
    .filter((word) => !options.includes(optionName(word)))
    .map((word) => `npm start has no option ${word}`);
}

function checkStrangler(words: readonly string[], program: Command): string[] {
  let command = program;
  const problems: string[] = [];
  for (const word of words) {
    const sub = command.commands.find((one) => one.name() === word);
    if (sub) command = sub;
    else if (command.commands.length > 0 && /^[a-z]/.test(word))
      return [`${command.name()} has no command ${word}`];
    else if (/^--\w/.test(word) && !hasOption(command, optionName(word)))
      problems.push(`strangler ${command.name()} has no option ${word}`);
  }
  return problems;
}

function hasOption(command: Command, name: string): boolean {
  if (name === '--help') return true;
  return (
    command.options.some(({ long }) => long === name) ||
    (command.parent ? hasOption(command.parent, name) : false)
  );
}

function optionName(word: string): string {
  return word.split('=', 1)[0] ?? word;
}

/** Words as a shell splits them; quotes keep theirs together. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}
