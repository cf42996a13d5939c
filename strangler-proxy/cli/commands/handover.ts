import type { Command } from 'commander';
import { type ControlClient, openControl } from '../control/control-client.js';
import { followHandOver } from '../control/follow-hand-over.js';
import { headline, planText } from '../control/owner-text.js';
import { readPercent } from '../flip/flip.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';
import { addWhy, type ChangeOptions } from './hand-over-options.js';
import { secondsOption } from './seconds-option.js';

const handOverHelp = `
Moves the ownership of data, not just reads: of 100 buckets, as many as the percentage says belong to the service afterwards. One
bucket goes first, then more and more at a time; before each step the gates are looked at. Clients notice nothing.
Ctrl-C ends the command, not what it has begun.

Examples:
  $ strangler handover inventory --percent 10 --dry-run
  $ strangler handover inventory --percent 10 --reason "canary"
  $ strangler handover inventory --percent 100 --reason "a day without differences"`;

const rollBackHelp = `
At full speed, and without loss: the monolith has every write that the service took. It works while Unleash is away, too.

Examples:
  $ strangler rollback inventory --reason "p99 doubled"`;

interface FollowOptions extends ChangeOptions {
  timeout: number;
}

export function addHandover(program: Command, context: CliContext): void {
  const command = program
    .command('handover')
    .description('let the service own a share of a capability, and follow until it does')
    .argument('<capability>', 'such as inventory')
    .requiredOption('--percent <percent>', 'share of the buckets: 0 to 100')
    .option('--dry-run', 'only say what would move in which steps, and what the gates see');
  addFollowing(addWhy(command))
    .addHelpText('after', handOverHelp)
    .action(
      async (
        capability: string,
        options: FollowOptions & { percent: string; dryRun?: boolean },
        command: Command,
      ) => {
        const { terminal } = context;
        const percent = readPercent(options.percent);
        const control = openControl(placesFor(command, context));
        if (options.dryRun) {
          const plan = await control.plan(capability, percent);
          if (options.json) return printJson(terminal, plan);
          return terminal.print(planText(plan, percent, terminal.colours));
        }
        await changeAndFollow(control, capability, 'share', percent, options, context);
      },
    );
}

export function addRollback(program: Command, context: CliContext): void {
  const command = program
    .command('rollback')
    .description('give everything of a capability back to the monolith, and follow until it is there')
    .argument('<capability>', 'such as inventory');
  addFollowing(addWhy(command))
    .addHelpText('after', rollBackHelp)
    .action(async (capability: string, options: FollowOptions, command: Command) => {
      const control = openControl(placesFor(command, context));
      await changeAndFollow(control, capability, 'rollback', 0, options, context);
    });
}

function addFollowing(command: Command): Command {
  return command.option('--timeout <seconds>', 'longest to follow it', secondsOption, 600);
}

async function changeAndFollow(
  control: ControlClient,
  capability: string,
  action: 'share' | 'rollback',
  percent: number,
  options: FollowOptions,
  { terminal, whenAskedToEnd }: CliContext,
): Promise<void> {
  const { by, reason, timeout, json = false } = options;
  const before = await control.look(capability);
  const signal = whenAskedToEnd();
  await control.change(before, action, { by, reason, ...(action === 'share' ? { percent } : {}) });
  const following = { capability, percent, patience: timeout * 1000, before };
  const quiet: Terminal = json ? { ...terminal, tell: () => undefined, progress: () => undefined } : terminal;
  const after = await followHandOver(control, following, quiet, signal).finally(() => quiet.progress(''));
  if (json) printJson(terminal, after);
  else terminal.print(headline(after, terminal.colours));
}
