import { type Command, InvalidArgumentError } from 'commander';
import { AppError } from '#platform/errors/app-error.js';
import { auditTable } from '../control/audit-text.js';
import { openControl } from '../control/control-client.js';
import { printJson } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';

const listHelp = `
Examples:
  $ strangler audit list
  $ strangler audit list --limit 200 --json`;

const checkHelp = `
Each entry holds the hash of the one before it, and so does each piece of the archive. Ends with 1 where something was changed,
removed or put in between.

Examples:
  $ strangler audit check`;

export function addAudit(program: Command, context: CliContext): void {
  const audit = program
    .command('audit')
    .description('who changed what, and what was refused: see it, and check that nothing was changed since');
  audit
    .command('list')
    .description('list what was done, newest first')
    .option('--limit <entries>', 'how many', limitOption, 20)
    .option('--json', 'as JSON')
    .addHelpText('after', listHelp)
    .action(async ({ limit, json = false }: { limit: number; json?: boolean }, command: Command) => {
      const entries = await openControl(placesFor(command, context)).audit(limit);
      if (json) printJson(context.terminal, entries);
      else context.terminal.print(auditTable(entries));
    });
  audit
    .command('check')
    .description('check the whole audit, with all that is in its archive')
    .option('--json', 'as JSON')
    .addHelpText('after', checkHelp)
    .action(async ({ json = false }: { json?: boolean }, command: Command) => {
      const broken = await openControl(placesFor(command, context), checkPatience).checkAudit();
      if (json) printJson(context.terminal, { broken });
      if (broken !== null)
        throw new AppError(
          'failed',
          `The audit is not as it was written: ${broken}. Keep the database as it is, and look who had access to it.`,
        );
      if (!json)
        context.terminal.print('The audit is as it was written, from its beginning to its newest entry.');
    });
}

/** How long all of the archive may take to be read, in milliseconds. */
const checkPatience = 600_000;

function limitOption(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
  return limit;
}
