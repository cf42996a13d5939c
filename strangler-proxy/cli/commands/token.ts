import { type Command, Option } from 'commander';
import { type Role, roles, type TokenView } from '#contracts/strangler/admin-tokens.js';
import { openControl } from '../control/control-client.js';
import { tokenTable } from '../control/token-text.js';
import { printJson } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';
import { addWhy, type ChangeOptions } from './hand-over-options.js';

const addHelp = `
A viewer reads; an operator also hands over, rolls back, pauses and resumes; an admin also completes, abandons, and changes
tokens. The token is printed this once and kept nowhere: only its hash is stored. Its owner puts it into CONTROL_TOKEN.

Examples:
  $ strangler token add anna --role operator --reason "joins the team"
  $ strangler token add dashboard --role viewer`;

const revokeHelp = `
It is refused from then on, by every instance.

Examples:
  $ strangler token revoke anna --reason "has left the team"`;

/** The commands for the admin API's tokens. */
export function addToken(program: Command, context: CliContext): void {
  const token = program
    .command('token')
    .description('tokens for the control plane: who may look, change, or do what has no way back');
  addAdd(token, context);
  addList(token, context);
  addRevoke(token, context);
}

function addAdd(token: Command, context: CliContext): void {
  const command = token
    .command('add')
    .description('add a token, and print it this once')
    .argument('<name>', 'whose it is; the audit names it')
    .addOption(new Option('--role <role>', 'what it allows').choices(roles).makeOptionMandatory());
  addWhy(command)
    .addHelpText('after', addHelp)
    .action(
      async (name: string, { role, by, reason, json }: ChangeOptions & { role: Role }, command: Command) => {
        const control = openControl(placesFor(command, context));
        const { version } = await control.tokens();
        const added = await control.addToken(name, role, { by, reason }, version);
        if (json) return printJson(context.terminal, { name, role, token: added.token });
        // The result is the token alone, for CONTROL_TOKEN=$(strangler token add ...).
        context.terminal.tell(`The token ${name} (${role}) is shown this once, and kept nowhere:`);
        context.terminal.print(added.token);
      },
    );
}

function addList(token: Command, context: CliContext): void {
  token
    .command('list')
    .description('list all tokens by name and role')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: { json?: boolean }, command: Command) => {
      const { items } = await openControl(placesFor(command, context)).tokens();
      show(context, items, json);
    });
}

function addRevoke(token: Command, context: CliContext): void {
  const command = token
    .command('revoke')
    .description('take a token back')
    .argument('<name>', 'as the list says');
  addWhy(command)
    .addHelpText('after', revokeHelp)
    .action(async (name: string, { by, reason, json = false }: ChangeOptions, command: Command) => {
      const control = openControl(placesFor(command, context));
      const { version } = await control.tokens();
      const { items } = await control.revokeToken(name, { by, reason }, version);
      show(context, items, json);
    });
}

function show({ terminal }: CliContext, tokens: readonly TokenView[], json: boolean): void {
  if (json) printJson(terminal, tokens);
  else terminal.print(tokenTable(tokens));
}
