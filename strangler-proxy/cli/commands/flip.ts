import type { Command } from 'commander';
import { wrongUsage } from '../output/exit-codes.js';
import { flip, type FlipOptions, readPercent } from '../flip/flip.js';
import { type CliContext, placesOfGateway, unleashFor } from './cli-context.js';
import { userName } from './hand-over-options.js';
import { secondsOption } from './seconds-option.js';

const help = `
A missing flag is created. A share of 0 keeps the flag enabled, with a roll-out of 0 %. When two people flip at once the
last one wins, and is told what it has replaced.

Examples:
  $ strangler flip inventory.get 10 --reason "canary"
  $ strangler flip "GET /inventory/{productId}" 50 --reason "a day without differences"
  $ strangler flip inventory.get 0 --reason "p99 doubled"
  $ strangler flip orders.get 10 --config my-gateway.yaml --reason "canary"`;

export function addFlip(program: Command, context: CliContext): void {
  program
    .command('flip')
    .description('send a share of an endpoint to the service, and wait until every gateway does so')
    .argument('<endpoint>', 'its flag, as in inventory.get, or "GET /inventory/{productId}"')
    .argument('<percent>', 'share of the requests that the service answers: 0 to 100')
    .requiredOption('--reason <text>', 'why; kept in Unleash, where everybody finds it')
    .option('--by <name>', 'who flips', userName())
    .option(
      '--stickiness <field>',
      'random, default, or the field of the request that decides (default: as it is)',
    )
    .option('--replace', 'replace a flag with several strategies or constraints by one percentage')
    .option('--timeout <seconds>', 'longest wait for the gateways', secondsOption, 15)
    .option('--config <file>', "a gateway's configuration, which says where that one is")
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(
      (endpoint: string, percent: string, options: FlipOptions & { config?: string }, command: Command) => {
        if (options.reason.trim() === '')
          throw wrongUsage('--reason is empty: say why, for those who will look at the flag.');
        const places = placesOfGateway(command, context, options.config);
        const wanted = { endpoint, percent: readPercent(percent) };
        return flip(places, unleashFor(places, context), wanted, options, context.terminal);
      },
    );
}
