import type { Command } from 'commander';
import { ensureConfiguredFlags } from '../flags/ensure-configured-flags.js';
import { listFlags } from '../flags/list-flags.js';
import { type CliContext, placesFor, unleashFor } from './cli-context.js';

export function addFlags(program: Command, context: CliContext): void {
  const flags = program
    .command('flags')
    .description('list or create the flags of endpoints and of ownership');
  addList(flags, context);
  addEnsure(flags, context);
}

function addList(flags: Command, context: CliContext): void {
  flags
    .command('list')
    .description('list the flags as they stand in Unleash, each with its reason')
    .option('--json', 'as JSON')
    .action(({ json = false }: { json?: boolean }, command: Command) => {
      const places = placesFor(command, context);
      return listFlags(places, unleashFor(places, context), json, context.terminal);
    });
}

function addEnsure(flags: Command, context: CliContext): void {
  flags
    .command('ensure')
    .description('create the missing flags of endpoints and of ownership, with a share of 0')
    .requiredOption('--config <file>', "the gateway's configuration")
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ strangler flags ensure --config strangler-proxy/shop/gateway.yaml',
    )
    .action(({ config, json = false }: { config: string; json?: boolean }, command: Command) => {
      const places = placesFor(command, context);
      // The configuration is checked as a whole; where NATS is, the data folder knows, too.
      const environment = { NATS_URL: places.natsUrl, ...context.environment };
      return ensureConfiguredFlags(config, environment, unleashFor(places, context), json, context.terminal);
    });
}
