import { type Command, InvalidArgumentError } from 'commander';
import { AppError } from '#platform/errors/app-error.js';
import { type CliContext, placesFor } from '../commands/cli-context.js';
import { notReachable, wrongUsage } from '../output/exit-codes.js';
import { withoutSystem } from '../system/without-system.js';
import { printJson } from '../output/terminal.js';
import { replayText } from './replay-text.js';

interface ReplayOptions {
  to?: string;
  speed: number;
  clients: number;
  limit?: number;
  readStock?: boolean;
  runId?: string;
  json?: boolean;
}

const help = `
Invoices become orders and credit notes cancellations, in order per customer. It fails (exit code 1) when the shop gives
an answer that the contract doesn't explain, when no line of the file can be used, or, with --read-stock, when a client
reads older stock than it has written.

Examples:
  $ strangler replay orders.csv.gz --limit 500 --read-stock
  $ strangler replay orders.csv.gz --to http://127.0.0.1:8080 --speed 3600 --clients 16`;

export function addReplay(program: Command, context: CliContext): void {
  program
    .command('replay')
    .description("place a file's invoices as orders and cancellations through the public API")
    .argument('<file>', 'order lines, .csv or .csv.gz; a pipe, or - for standard input')
    .option('--to <url>', 'the shop (default: $GATEWAY_URL, or the gateway of the data folder)')
    .option(
      '--speed <factor>',
      'multiple of the speed at which it happened; 0: as fast as the shop answers',
      atLeast(0),
      0,
    )
    .option(
      '--clients <count>',
      'customers at a time, each with a connection of its own',
      wholeAtLeast(1),
      16,
    )
    .option('--limit <count>', 'only the first so many invoices and credit notes', wholeAtLeast(1))
    .option('--read-stock', 'after each order read the stock of its products')
    .option(
      '--run-id <id>',
      'part of every idempotency key: the same file under the same id places nothing twice',
    )
    .option('--json', 'the summary as JSON')
    .addHelpText('after', help)
    .action(async (file: string, options: ReplayOptions, command: Command) => {
      const { terminal } = context;
      // Loaded only here: each other command would wait for it, too.
      const { runReplay } = await import('../../../legacy-monolith/replay/run-replay.js');
      const summary = await runReplay({
        ...options,
        file,
        to: shopAddress(options.to, command, context),
        signal: context.whenAskedToEnd(),
        onProgress: ({ done, unexpected }) =>
          terminal.progress(`${done} done, ${unexpected} unexpected answers`),
      });
      terminal.progress('');
      if (options.json) printJson(terminal, summary);
      else terminal.print(replayText(summary));
      if (!summary.failed) return;
      const why = summary.allRejected
        ? `no line of ${summary.file} is part of an order; "strangler import" names the reasons`
        : 'see the examples above';
      throw new AppError('failed', `The replay has failed: ${why}.`);
    });
}

function shopAddress(named: string | undefined, command: Command, context: CliContext): string {
  const { gateway, dataDir } = placesFor(command, context);
  const url = named ?? gateway;
  if (url !== undefined && URL.canParse(url)) return url;
  if (url === undefined) throw notReachable(`${withoutSystem(dataDir)} Another shop can be named with --to.`);
  throw wrongUsage(`--to ${url} is no address; it must look like http://127.0.0.1:8080.`);
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a number from ${least} up.`);
  };
}

function wholeAtLeast(least: number): (text: string) => number {
  const read = atLeast(least);
  return (text) => {
    const value = read(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError('It must be a whole number.');
  };
}
