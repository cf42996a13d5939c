import type { Command } from 'commander';
import { showStatus, type StatusOptions } from '../status/show-status.js';
import { type CliContext, placesOfGateway } from './cli-context.js';
import { secondsOption } from './seconds-option.js';

const help = `
WANTED is the share that the flag sends to the service. OBSERVED, the answers and P99 (99 % were faster; of the slowest
gateway) are those of the last ten seconds. GATEWAY counts what gateways answer by
themselves, such as a body above the limit; HELD BACK counts reads that went to the owner although the flag said service,
since the replica might not have had the data yet; FALLBACKS those that the monolith answered for a failing service.

Examples:
  $ strangler status
  $ strangler status --watch --interval 2
  $ strangler status --json | jq '.endpoints[] | {flag, wanted: .wanted.percent, observed: .servicePercent}'`;

export function addStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('show, for every endpoint, what its flag wants and what the gateways observe')
    .option('--config <file>', "a gateway's configuration, which says where that one is")
    .option('--json', 'as JSON; with --watch one object a line')
    .option('--all', 'also endpoints without a flag and without traffic')
    .option('--watch', 'again and again, until Ctrl-C')
    .option('--interval <seconds>', 'time between two looks of --watch', secondsOption, 1)
    .addHelpText('after', help)
    .action((options: StatusOptions & { config?: string }, command: Command) =>
      showStatus(
        placesOfGateway(command, context, options.config),
        options,
        context.terminal,
        context.whenAskedToEnd,
      ),
    );
}
