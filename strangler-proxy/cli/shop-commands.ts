import { join } from 'node:path';
import type { Command } from 'commander';
import {
  type ImportProgress,
  type ImportSummary,
  runImport,
} from '../../legacy-monolith/import/run-import.js';
import { type CliContext, placesFor } from './commands/cli-context.js';
import { wrongUsage } from './exit-codes.js';
import type { Places } from './system/locate-system.js';
import { printJson } from './terminal.js';
import { type Cell, textTable } from './text-table.js';

/** The commands that know the shop; all others work with any monolith. */
export function addShopCommands(program: Command, context: CliContext): void {
  addImport(program, context);
}

interface ImportOptions {
  mysqlUrl?: string;
  report?: string;
  json?: boolean;
}

function addImport(program: Command, context: CliContext): void {
  program
    .command('import')
    .description("load products, stock, customers and past orders from a file into the shop's monolith")
    .argument('<file>', 'order lines, .csv or .csv.gz')
    .option(
      '--mysql-url <url>',
      "the shop's schema, mysql://user:password@host:port/shop (default: as the data folder says)",
    )
    .option(
      '--report <file>',
      'where each rejected line is named (default: rejected-lines.csv in the data folder)',
    )
    .option('--json', 'the summary as JSON')
    .addHelpText(
      'after',
      '\nAn import may be repeated: what the shop has already stays as it is.\n\nExamples:\n  $ strangler import orders.csv.gz',
    )
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const places = placesFor(command, context);
      const summary = await runImport({
        file,
        mysqlUrl: shopDatabase(options.mysqlUrl, places),
        report: options.report ?? (places.found ? join(places.dataDir, 'rejected-lines.csv') : undefined),
        onProgress: (progress) => context.terminal.progress(progressText(progress)),
      });
      context.terminal.progress('');
      if (options.json) printJson(context.terminal, summary);
      else context.terminal.print(importText(summary));
    });
}

function shopDatabase(named: string | undefined, { databaseUrl, dataDir }: Places): string {
  const url = named ?? databaseUrl('monolith', 'shop');
  if (url !== undefined) return url;
  throw wrongUsage(`There is no system in ${dataDir}: start one with "npm start", or say --mysql-url.`);
}

function progressText({ step, done, total }: ImportProgress): string {
  return total === null ? `${step} ... ${done} lines` : `${step} ... ${done} of ${total}`;
}

function importText(summary: ImportSummary): string {
  const { file, lines, loaded, merged, rejected, rejectedByReason, seconds, report } = summary;
  const rows = [
    ['products', summary.products],
    ['stock rows', summary.stockRows],
    ['customers', summary.customers],
    ['orders', summary.orders],
    ['order lines', summary.orderLines],
  ] as const;
  const reasons = Object.entries(rejectedByReason).sort(([, one], [, other]) => other - one);
  return [
    `${file}: ${lines} lines in ${seconds.toFixed(1)} s`,
    `  ${loaded} loaded, ${merged} merged with another line of the same item, ${rejected} rejected`,
    '',
    textTable([
      [{ text: '' }, right('ADDED'), right('WERE THERE')],
      ...rows.map(([name, { added, unchanged }]) => [{ text: name }, right(added), right(unchanged)]),
    ]),
    ...(rejected === 0
      ? []
      : ['', `rejected${report === null ? '' : `, each with its reason in ${report}`}:`]),
    ...(rejected === 0
      ? []
      : [textTable(reasons.map(([reason, count]) => [right(count), { text: reason }]))]),
  ].join('\n');
}

function right(value: string | number): Cell {
  return { text: String(value), align: 'right' };
}
