import type { Command } from 'commander';
import { completionText } from '../control/completion-text.js';
import { type ControlClient, openControl } from '../control/control-client.js';
import { followCompletion } from '../control/follow-completion.js';
import { headline } from '../control/owner-text.js';
import { wrongUsage } from '../output/exit-codes.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';
import { addWhy, type ChangeOptions } from './hand-over-options.js';
import { secondsOption } from './seconds-option.js';

const help = `
Retires the monolith's part: its endpoints answer 410, replication ends, and its tables are renamed to retired_<table>. First it is checked
that the service owns everything, that all reads are flipped, that nobody has asked the monolith for a while, that the monolith has no
open work, and, in the background, that both sides have the same rows. Until the tables are touched, "resume" and "rollback" take it back; after
that nothing does. --drop-archive removes the renamed tables of a capability that was completed.
Ctrl-C ends the command, not what it has begun.

Examples:
  $ strangler complete inventory --dry-run
  $ strangler complete inventory --confirm inventory --reason "a month without a roll-back"
  $ strangler complete inventory --drop-archive --confirm inventory --reason "backed up"`;

interface CompleteOptions extends ChangeOptions {
  confirm?: string;
  dryRun?: boolean;
  dropArchive?: boolean;
  timeout: number;
}

export function addComplete(program: Command, context: CliContext): void {
  const command = program
    .command('complete')
    .description("retire the monolith's part of a capability for good, and follow until it is")
    .argument('<capability>', 'such as inventory')
    .option('--confirm <name>', "the capability's name once more")
    .option('--dry-run', 'only say which conditions hold, and who still uses the monolith')
    .option('--drop-archive', 'remove the tables that were archived')
    .option('--timeout <seconds>', 'longest to follow it', secondsOption, 600);
  addWhy(command)
    .addHelpText('after', help)
    .action(async (capability: string, options: CompleteOptions, command: Command) => {
      if (!options.dryRun && options.confirm !== capability)
        throw wrongUsage(`This can't be undone: say --confirm ${capability} if you mean it.`);
      const control = openControl(placesFor(command, context));
      if (options.dryRun) await show(control, capability, options, context.terminal);
      else await complete(control, capability, options, context);
    });
}

async function show(
  control: ControlClient,
  capability: string,
  { json = false }: CompleteOptions,
  terminal: Terminal,
): Promise<void> {
  const look = await control.completion(capability);
  if (json) printJson(terminal, look);
  else terminal.print(completionText(look, terminal.colours));
}

async function complete(
  control: ControlClient,
  capability: string,
  { by, reason, json = false, dropArchive = false, timeout }: CompleteOptions,
  { terminal, whenAskedToEnd }: CliContext,
): Promise<void> {
  const signal = whenAskedToEnd();
  const before = await control.look(capability);
  await control.change(before, dropArchive ? 'drop' : 'complete', { by, reason, confirm: capability });
  const quiet: Terminal = json ? { ...terminal, tell: () => undefined, progress: () => undefined } : terminal;
  const following = {
    capability,
    until: dropArchive ? 'dropped' : 'completed',
    patience: timeout * 1000,
  } as const;
  const after = await followCompletion(control, following, quiet, signal).finally(() => quiet.progress(''));
  if (json) printJson(terminal, after);
  else terminal.print(headline(after, terminal.colours));
}
