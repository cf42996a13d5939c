import type { Command } from 'commander';
import { openControl } from '../control/control-client.js';
import { headline } from '../control/owner-text.js';
import { wrongUsage } from '../exit-codes.js';
import { printJson } from '../terminal.js';
import { type CliContext, placesFor } from './cli-context.js';
import { addWhy, type ChangeOptions } from './hand-over-options.js';

export function addPause(program: Command, context: CliContext): void {
  const command = program
    .command('pause')
    .description('begin no further hand-over of a capability; one that is open is brought to its end')
    .argument('<capability>', 'such as inventory');
  addWhy(command)
    .addHelpText('after', '\nExamples:\n  $ strangler pause inventory --reason "release of the shop"')
    .action((capability: string, options: ChangeOptions, command: Command) =>
      change('pause', capability, options, command, context),
    );
}

export function addResume(program: Command, context: CliContext): void {
  const command = program
    .command('resume')
    .description('go on after a pause, or after you have looked at what stopped a capability')
    .argument('<capability>', 'such as inventory');
  addWhy(command)
    .addHelpText('after', '\nExamples:\n  $ strangler resume inventory --reason "released"')
    .action((capability: string, options: ChangeOptions, command: Command) =>
      change('resume', capability, options, command, context),
    );
}

const completeHelp = `
The only step that can't be undone: checks that the service owns everything, that both sides have the same rows, and that the monolith
has answered nothing of the capability for a while, and says which of it is missing.

Examples:
  $ strangler complete inventory --confirm inventory --reason "a month without a roll-back"`;

export function addComplete(program: Command, context: CliContext): void {
  const command = program
    .command('complete')
    .description("retire the monolith's part of a capability for good")
    .argument('<capability>', 'such as inventory')
    .option('--confirm <name>', "the capability's name once more");
  addWhy(command)
    .addHelpText('after', completeHelp)
    .action((capability: string, options: ChangeOptions & { confirm?: string }, command: Command) => {
      if (options.confirm !== capability)
        throw wrongUsage(`This can't be undone: say --confirm ${capability} if you mean it.`);
      return change('complete', capability, options, command, context, { confirm: options.confirm });
    });
}

async function change(
  action: 'pause' | 'resume' | 'complete',
  capability: string,
  { by, reason, json = false }: ChangeOptions,
  command: Command,
  context: CliContext,
  more: Record<string, string> = {},
): Promise<void> {
  const { terminal } = context;
  const control = openControl(placesFor(command, context));
  const before = await control.look(capability);
  const after = await control.change(before, action, { by, reason, ...more });
  if (json) printJson(terminal, after);
  else terminal.print(headline(after, terminal.colours));
}
