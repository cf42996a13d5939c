import type { Command } from 'commander';
import { openControl } from '../control/control-client.js';
import { headline } from '../control/owner-text.js';
import { printJson } from '../output/terminal.js';
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

async function change(
  action: 'pause' | 'resume',
  capability: string,
  { by, reason, json = false }: ChangeOptions,
  command: Command,
  context: CliContext,
): Promise<void> {
  const { terminal } = context;
  const control = openControl(placesFor(command, context));
  const before = await control.look(capability);
  const after = await control.change(before, action, { by, reason });
  if (json) printJson(terminal, after);
  else terminal.print(headline(after, terminal.colours));
}
