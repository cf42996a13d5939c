import type { Command } from 'commander';
import { openControl } from '../control/control-client.js';
import { ownerText } from '../control/owner-text.js';
import { printJson } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';

const help = `
Keys of a capability fall in 100 buckets, and each bucket has one owner, which takes its writes. The flag <capability>.owner says
how many of them the service shall own; the control plane leads there, step by step.

Examples:
  $ strangler owner inventory
  $ strangler owner inventory --epochs
  $ strangler owner inventory --json | jq '.serviceBuckets'`;

export function addOwner(program: Command, context: CliContext): void {
  program
    .command('owner')
    .description('show who owns the buckets of a capability, and what is under way')
    .argument('<capability>', 'such as inventory')
    .option('--epochs', 'with how often the owner of each bucket has changed')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (capability: string, options: { epochs?: boolean; json?: boolean }, command: Command) => {
      const view = await openControl(placesFor(command, context)).look(capability);
      if (options.json) return printJson(context.terminal, view);
      context.terminal.print(ownerText(view, Boolean(options.epochs), context.terminal.colours));
    });
}
