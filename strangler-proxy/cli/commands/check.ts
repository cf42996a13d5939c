import type { Command } from 'commander';
import { checkCapability, type CheckOptions } from '../check/check-capability.js';
import { type CliContext, placesFor } from './cli-context.js';

const help = `
Looks at the tables of a capability in both databases: ids that both sides make, unique columns, foreign keys and
triggers that act by themselves, columns that the move does not name, types that can't be copied exactly. The sidecars
check the same when they start, and again when a table is altered. Nothing is changed.
Exit code 0: every table can be replicated exactly; 1: something is in the way, with what mends it; 3: a sidecar can't say.

Examples:
  $ strangler check inventory
  $ strangler check inventory --json`;

/** The command that checks a capability's tables. */
export function addCheck(program: Command, context: CliContext): void {
  program
    .command('check')
    .description("show what keeps a capability's tables from being replicated without a loss")
    .argument('<capability>', 'as in inventory')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action((capability: string, options: CheckOptions, command: Command) =>
      checkCapability(placesFor(command, context), capability, options, context.terminal),
    );
}
