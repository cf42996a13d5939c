import { join } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '#platform/errors/app-error.js';
import type { ImportProgress } from '../../../legacy-monolith/import/run-import.js';
import { type CliContext, placesFor } from '../commands/cli-context.js';
import { notReachable } from '../output/exit-codes.js';
import type { Places } from '../system/locate-system.js';
import { withoutSystem } from '../system/without-system.js';
import { printJson } from '../output/terminal.js';
import { importText } from './import-text.js';

interface ImportOptions {
  mysqlUrl?: string;
  report?: string;
  json?: boolean;
}

const help = `
An import may be repeated: what the shop has already stays as it is. It fails (exit code 1) when every line of the file
is rejected.

Examples:
  $ strangler import orders.csv.gz
  $ strangler import orders.csv --report rejected.csv --json
  $ zcat orders.csv.gz | strangler import -`;

export function addImport(program: Command, context: CliContext): void {
  program
    .command('import')
    .description("load products, stock, customers and past orders from a file into the shop's monolith")
    .argument('<file>', 'order lines, .csv or .csv.gz; a pipe, or - for standard input')
    .option(
      '--mysql-url <url>',
      "the shop's schema, mysql://user:password@host:port/shop (default: $SHOP_MYSQL_URL, or as the data folder says)",
    )
    .option(
      '--report <file>',
      'names each rejected line and the reason (default: rejected-lines.csv in the data folder)',
    )
    .option('--json', 'the summary as JSON')
    .addHelpText('after', help)
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const places = placesFor(command, context);
      // Loaded only here: each other command would wait for it, too.
      const { isAllRejected, runImport } = await import('../../../legacy-monolith/import/run-import.js');
      const summary = await runImport({
        file,
        mysqlUrl: shopDatabase(options.mysqlUrl ?? context.config.SHOP_MYSQL_URL, places),
        report: options.report ?? (places.found ? join(places.dataDir, 'rejected-lines.csv') : undefined),
        onProgress: (progress) => context.terminal.progress(progressText(progress)),
      });
      context.terminal.progress('');
      if (options.json) printJson(context.terminal, summary);
      else context.terminal.print(importText(summary));
      if (isAllRejected(summary))
        throw new AppError('failed', `Every line of ${summary.file} was rejected: nothing was imported.`);
    });
}

/** @throws AppError `not_reachable` when nobody has said where the shop's database is */
function shopDatabase(named: string | undefined, { databaseUrl, dataDir }: Places): string {
  const url = named ?? databaseUrl('monolith', 'shop');
  if (url !== undefined) return url;
  throw notReachable(`${withoutSystem(dataDir)} Another database can be named with --mysql-url.`);
}

function progressText({ step, done, total }: ImportProgress): string {
  return total === null ? `${step} ... ${done} lines` : `${step} ... ${done} of ${total}`;
}
