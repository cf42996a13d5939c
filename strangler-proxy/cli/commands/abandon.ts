import { type Command, Option } from 'commander';
import { type ControlClient, openControl } from '../control/control-client.js';
import { followAbandonment } from '../control/follow-abandonment.js';
import { wrongUsage } from '../output/exit-codes.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';
import { addWhy, type ChangeOptions } from './hand-over-options.js';
import { secondsOption } from './seconds-option.js';

const help = `
For a service whose database is lost for good, backups included. The monolith owns everything again, as it was when the last change of the
service arrived: writes that only the lost database had are lost. That side owns nothing until it is filled again. It is refused
while the service, or the sidecar beside it, answers: then "rollback" loses nothing.

Examples:
  $ strangler abandon inventory --side service --confirm inventory --reason "disk lost, no backup"`;

interface AbandonOptions extends ChangeOptions {
  side: 'service';
  confirm?: string;
  timeout: number;
}

export function addAbandon(program: Command, context: CliContext): void {
  const command = program
    .command('abandon')
    .description('take everything of a capability back from a service whose database is lost for good')
    .argument('<capability>', 'such as inventory')
    .addOption(
      new Option('--side <side>', 'the side that is lost').choices(['service']).makeOptionMandatory(),
    )
    .option('--confirm <name>', "the capability's name once more")
    .option('--timeout <seconds>', 'longest to follow it', secondsOption, 600);
  addWhy(command)
    .addHelpText('after', help)
    .action(async (capability: string, options: AbandonOptions, command: Command) => {
      if (options.confirm !== capability)
        throw wrongUsage(`What only the lost side has is lost: say --confirm ${capability} if you mean it.`);
      await abandon(capability, options, openControl(placesFor(command, context)), context);
    });
}

async function abandon(
  capability: string,
  { by, reason, side, json = false, timeout }: AbandonOptions,
  control: ControlClient,
  { terminal, whenAskedToEnd }: CliContext,
): Promise<void> {
  const signal = whenAskedToEnd();
  const before = await control.look(capability);
  await control.change(before, 'abandon', { by, reason, side, confirm: capability });
  const quiet: Terminal = json ? { ...terminal, progress: () => undefined } : terminal;
  const following = { capability, patience: timeout * 1000 };
  const after = await followAbandonment(control, following, quiet, signal).finally(() => quiet.progress(''));
  if (json) return printJson(terminal, after);
  terminal.print(
    `${capability}: the monolith owns all buckets; the ${side}'s side is abandoned until it is filled again`,
  );
}
