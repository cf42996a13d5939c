import type { Command } from 'commander';
import { AppError } from '#platform/errors/app-error.js';
import { withSidecars } from '../data/with-sidecars.js';
import { lettersTable, letterText } from '../dead-letters/letter-text.js';
import { type NumberedLetter, openLetters, readLetters } from '../dead-letters/read-letters.js';
import { replayedText, replayLetters } from '../dead-letters/replay-letters.js';
import { wrongUsage } from '../output/exit-codes.js';
import { printJson } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';

interface Choice {
  consumer?: string;
  json?: boolean;
}

const consumerOption = ['--consumer <name>', 'those of one consumer only'] as const;
const withoutNats = 'nobody can see what has been put aside';

export function addDeadLetters(program: Command, context: CliContext): void {
  const deadLetters = program
    .command('dead-letters')
    .description('events that a consumer could not handle and has put aside: see why, and have them handled');
  addList(deadLetters, context);
  addShow(deadLetters, context);
  addReplay(deadLetters, context);
}

function addList(deadLetters: Command, context: CliContext): void {
  deadLetters
    .command('list')
    .description('list them, oldest first')
    .option(...consumerOption)
    .option('--json', 'as JSON')
    .action(({ consumer, json = false }: Choice, command: Command) =>
      withSidecars(
        placesFor(command, context),
        async (nats) => {
          const letters = await readLetters(await openLetters(nats), consumer);
          if (json) printJson(context.terminal, letters);
          else context.terminal.print(letters.length > 0 ? lettersTable(letters) : 'There are none.');
        },
        withoutNats,
      ),
    );
}

function addShow(deadLetters: Command, context: CliContext): void {
  deadLetters
    .command('show')
    .description('show one with its reason and its event')
    .argument('<number>', 'as the list says')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  $ strangler dead-letters show 17')
    .action((number: string, { json = false }: Choice, command: Command) =>
      withSidecars(
        placesFor(command, context),
        async (nats) => {
          const [letter] = choose(await readLetters(await openLetters(nats)), [number]);
          if (json) printJson(context.terminal, letter);
          else if (letter) context.terminal.print(letterText(letter));
        },
        withoutNats,
      ),
    );
}

const replayHelp = `
Each is handled by the consumer that has put it aside, once. What it can't handle stays.

Examples:
  $ strangler dead-letters replay 17 18
  $ strangler dead-letters replay --all --consumer order-views`;

function addReplay(deadLetters: Command, context: CliContext): void {
  deadLetters
    .command('replay')
    .description('have them handled again, and take out those that are')
    .argument('[number...]', 'as the list says')
    .option('--all', 'all of them')
    .option(...consumerOption)
    .option('--json', 'as JSON')
    .addHelpText('after', replayHelp)
    .action((numbers: string[], options: Choice & { all?: boolean }, command: Command) => {
      if (numbers.length > 0 === Boolean(options.all))
        throw wrongUsage('Say which: their numbers, or --all.');
      return withSidecars(
        placesFor(command, context),
        async (nats) => {
          const letters = await openLetters(nats);
          const found = await readLetters(letters, options.consumer);
          const replayed = await replayLetters(letters, options.all ? found : choose(found, numbers));
          if (options.json) printJson(context.terminal, replayed);
          else context.terminal.print(replayed.map(replayedText).join('\n') || 'There are none.');
          const failed = replayed.filter(({ outcome }) => outcome === 'failed').length;
          if (failed > 0)
            throw new AppError('failed', `${failed} of ${replayed.length} could not be handled, and stay.`);
        },
        withoutNats,
      );
    });
}

/** @throws AppError `wrong_usage` that names every number that there is not */
function choose(letters: readonly NumberedLetter[], numbers: readonly string[]): NumberedLetter[] {
  const missing = numbers.filter((number) => !letters.some((letter) => String(letter.number) === number));
  if (missing.length > 0)
    throw wrongUsage(
      `There is no dead letter ${missing.join(', ')}: "strangler dead-letters list" shows which there are.`,
    );
  return letters.filter(({ number }) => numbers.includes(String(number)));
}
