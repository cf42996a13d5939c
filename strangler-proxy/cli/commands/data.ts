import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Side } from '#contracts/strangler/move.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { backfillData } from '../data/backfill-data.js';
import { repairData, type RepairOptions } from '../data/repair-data.js';
import { verifyData, type VerifyOptions } from '../data/verify-data.js';
import { type CliContext, placesFor } from './cli-context.js';

/** The commands that look after the data of a capability on both sides. */
export function addData(program: Command, context: CliContext): void {
  const data = program
    .command('data')
    .description('compare, fill and mend the rows of a capability on both sides');
  addVerify(data, context);
  addBackfill(data, context);
  addRepair(data, context);
}

const verifyHelp = `
Traffic may go on: what is only under way is told apart from what is wrong, and only that is listed. Nothing is changed.
Exit code 0: no row differs; 1: rows differ, each is listed; 3: it could not be done.

Examples:
  $ strangler data verify inventory
  $ strangler data verify inventory --table stock_levels --buckets 1-30
  $ strangler data verify inventory --json | jq '.differences[] | {table, key, columns}'`;

function addVerify(data: Command, context: CliContext): void {
  data
    .command('verify')
    .description('compare all rows of both sides while they are in use, and list those that differ')
    .argument('<capability>', 'as in inventory')
    .option('--table <name>', 'only this table, by its name on either side')
    .option('--buckets <list>', 'only rows of these buckets, as in 1-30,57', bucketsOption)
    .option('--most <number>', 'end after so many differences', countOption, 1_000)
    .option('--rest <milliseconds>', 'rest between two reads, to take less of the databases', wholeNumber, 0)
    .option('--from <place>', 'go on where an earlier one was ended, which has said the place')
    .option('--json', 'as JSON')
    .addHelpText('after', verifyHelp)
    .action((capability: string, options: VerifyOptions, command: Command) =>
      verifyData(placesFor(command, context), capability, options, context.terminal, context.whenAskedToEnd),
    );
}

const backfillHelp = `
The replica is kept current, and used, while it is filled: rows are put right one stretch after the other. Rows of
buckets that this side owns are not touched. Ctrl-C ends only the watching.

Examples:
  $ strangler data backfill inventory
  $ strangler data backfill inventory --to monolith
  $ strangler data backfill inventory --new-chain --reason "the binary log was purged"`;

function addBackfill(data: Command, context: CliContext): void {
  data
    .command('backfill')
    .description(
      "fill a side's replica anew from the rows of the other side, and follow until it is complete",
    )
    .argument('<capability>', 'as in inventory')
    .addOption(new Option('--to <side>', 'whose replica').choices(['monolith', 'service']).default('service'))
    .option(
      '--new-chain',
      "give up the replica's place in the other side's log, too: nothing is read from it until it is complete",
    )
    .option('--reason <text>', "why, for the sidecar's log", `asked for by ${userName()}`)
    .option('--json', 'as JSON')
    .addHelpText('after', backfillHelp)
    .action(
      (
        capability: string,
        options: { to: Side; newChain?: boolean; reason: string; json?: boolean },
        command: Command,
      ) =>
        backfillData(
          placesFor(command, context),
          capability,
          options,
          context.terminal,
          context.whenAskedToEnd,
        ),
    );
}

const repairHelp = `
Looks at both sidecars, at how changes flow, and at the rows; says what is wrong, and what is to be done by whom. Without
--yes nothing is changed. The rows of an owner are never touched: replicas are mended from them, through the stream.
A row that only a replica has is its only copy, and stays unless --remove-extra is given.
Exit code 0: all is well, or is again; 1: something is wrong still; 3: not everything could be looked at.

Examples:
  $ strangler data repair inventory
  $ strangler data repair inventory --yes`;

function addRepair(data: Command, context: CliContext): void {
  data
    .command('repair')
    .description('say what keeps replicas from being what their owners are, and mend it')
    .argument('<capability>', 'as in inventory')
    .option('--dry-run', 'only say it; so it is without --yes, too')
    .option('--yes', 'do it')
    .option('--remove-extra', 'also remove rows that only a replica has')
    .option('--json', 'as JSON')
    .addHelpText('after', repairHelp)
    .action((capability: string, options: RepairOptions, command: Command) =>
      repairData(placesFor(command, context), capability, options, context.terminal, context.whenAskedToEnd),
    );
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function countOption(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 1 at least.');
}

/** `1-30,57`. */
function bucketsOption(text: string): number[] {
  const buckets = text.split(',').flatMap((part) => {
    const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === '' || from < 1 || to > bucketCount || to < from)
      throw new InvalidArgumentError(`They must be numbers from 1 to ${bucketCount}, as in 1-30,57.`);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return [...new Set(buckets)].toSorted((one, other) => one - other);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user that has no name.
    return 'an unknown user';
  }
}
