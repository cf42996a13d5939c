import { type Command, Option } from 'commander';
import { wrongUsage } from '../output/exit-codes.js';
import type { GuardOptions } from '../guard/with-guard.js';
import type { CliContext } from './cli-context.js';

interface GivenOptions extends Omit<GuardOptions, 'mysqlUrl'> {
  mysqlUrl?: string;
}

const places = `
The address of the database, mysql://user:password@host:port/schema, is taken from $GUARD_MYSQL_URL where --mysql-url
does not name it: there, no list of processes shows its password. The account needs TRIGGER, CREATE ROUTINE, ALTER ROUTINE,
EXECUTE and SELECT on the schema and, where the server writes a binary log, SET GLOBAL log_bin_trust_function_creators = 1
or SUPER. Triggers run with its rights: keep the account.`;

const installHelp = `
For a program that can't guard its writes itself. Triggers on the capability's tables hold the bucket's owner while a row is
written, and refuse a statement that writes a row of the other side, as a whole, with SQLSTATE 45000 and a sentence that
says who owns it. The sidecar's account is exempt. Triggers of the program stay, and run before these. Installing again
changes what differs, and at no moment is a table without its guard.
${places}

Examples:
  $ strangler guard install comments --side monolith --sidecar-user blog_sidecar
  $ strangler guard install comments --side monolith --sidecar-user blog_sidecar --print | mariadb blog`;

const statusHelp = `
Exit code 0: all is in place; 1: something is missing or differs, and is named.
${places}

Examples:
  $ strangler guard status comments --side monolith`;

const removeHelp = `
Refused where this side does not own every bucket: without the guard, a write of the other side's rows would be accepted and
lost. Triggers of the program stay.
${places}

Examples:
  $ strangler guard remove comments --side monolith`;

/** The commands for the guard of a program that can't be changed. */
export function addGuard(program: Command, context: CliContext): void {
  const guard = program
    .command('guard')
    .description(
      'let the database refuse writes of rows that the other side owns, for a program that can not',
    );
  const withMove = ({ mysqlUrl, ...options }: GivenOptions): GuardOptions => {
    const url = mysqlUrl ?? context.config.GUARD_MYSQL_URL;
    if (url === undefined || !URL.canParse(url) || !url.startsWith('mysql://'))
      throw wrongUsage(
        'Where is the database? Set GUARD_MYSQL_URL, or say --mysql-url mysql://user:password@host:port/schema.',
      );
    const moves = options.moves ?? context.config.STRANGLER_MOVES;
    return { ...options, mysqlUrl: url, ...(moves === undefined ? {} : { moves }) };
  };
  // What they need of the database is loaded only when they run: each other command would wait for it, too.
  declare(guard, 'install', 'create the triggers, or change what differs from them', installHelp)
    .requiredOption('--sidecar-user <name>', "the account of this side's sidecar, without host: it is exempt")
    .option('--print', 'only print the SQL, for an administrator')
    .action(async (capability: string, options: GivenOptions & { sidecarUser: string; print?: boolean }) => {
      const { installGuard } = await import('../guard/install-guard.js');
      await installGuard(capability, { ...options, ...withMove(options) }, context.terminal);
    });
  declare(
    guard,
    'status',
    'show which triggers are in place, missing or changed, and who is exempt',
    statusHelp,
  )
    .option(
      '--sidecar-user <name>',
      'the account that is to be exempt (default: the one that the triggers name)',
    )
    .option('--json', 'as JSON')
    .action(async (capability: string, options: GivenOptions & { sidecarUser?: string; json?: boolean }) => {
      const { showGuard } = await import('../guard/show-guard.js');
      await showGuard(capability, { ...options, ...withMove(options) }, context.terminal);
    });
  declare(guard, 'remove', 'drop the triggers', removeHelp)
    .option(
      '--unguarded',
      'also where the other side owns rows: nothing refuses writes to them here any more',
    )
    .option('--print', 'only print the SQL, for an administrator')
    .action(async (capability: string, options: GivenOptions & { unguarded?: boolean; print?: boolean }) => {
      const { removeGuard } = await import('../guard/install-guard.js');
      await removeGuard(capability, { ...options, ...withMove(options) }, context.terminal);
    });
}

function declare(guard: Command, name: string, description: string, help: string): Command {
  return guard
    .command(name)
    .description(description)
    .argument('<capability>', 'as in comments')
    .addOption(
      new Option('--side <side>', 'whose database it is')
        .choices(['monolith', 'service'])
        .makeOptionMandatory(),
    )
    .option('--mysql-url <url>', "that side's schema (default: $GUARD_MYSQL_URL)")
    .option(
      '--moves <module>',
      'module that exports "moves" (default: $STRANGLER_MOVES, or the product\'s own)',
    )
    .addHelpText('after', help);
}
