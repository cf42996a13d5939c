import type { Command, Option } from 'commander';

/** Values of an argument that only the running system knows, by the argument's name. */
export type ArgumentValues = Record<string, () => Promise<string[]>>;

/**
 * What may stand at the place of the last word.
 * @param words what was typed behind the program's name; the last one is being typed and may be empty
 * @returns nothing where a file or a free text is expected
 */
export async function candidates(
  program: Command,
  words: readonly string[],
  values: ArgumentValues,
): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const place = findPlace(program, words.slice(0, -1));
  if (place === 'value') return [];
  const all = typed.startsWith('-') ? optionNames(place.command) : await operands(place, values);
  return all.filter((word) => word.startsWith(typed));
}

interface Place {
  command: Command;
  /** Arguments of the command that stand already. */
  position: number;
}

/** Walks along what was typed: which command is meant, and what it has been given. `value`: that of an option. */
function findPlace(program: Command, words: readonly string[]): Place | 'value' {
  let command = program;
  let position = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const sub = position === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (word.startsWith('-')) {
      if (!takesValue(command, word)) continue;
      if (++at === words.length) return 'value';
    } else if (sub) command = sub;
    else position++;
  }
  return { command, position };
}

function takesValue(command: Command, word: string): boolean {
  return optionsOf(command).some(
    (option) => (option.long === word || option.short === word) && option.required,
  );
}

/** A command's own options and those of all commands around it. */
function optionsOf(command: Command): Option[] {
  return [...command.options, ...(command.parent ? optionsOf(command.parent) : [])];
}

function optionNames(command: Command): string[] {
  return [...optionsOf(command).flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])), '--help'];
}

async function operands({ command, position }: Place, values: ArgumentValues): Promise<string[]> {
  if (command.commands.length > 0)
    return command
      .createHelp()
      .visibleCommands(command)
      .map((one) => one.name());
  const argument = command.registeredArguments[position];
  return argument?.argChoices ?? (await values[argument?.name() ?? '']?.()) ?? [];
}
