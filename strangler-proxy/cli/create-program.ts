import { Command, Option } from 'commander';
import { addAbandon } from './commands/abandon.js';
import { addAudit } from './commands/audit.js';
import type { AddCommand, CliContext } from './commands/cli-context.js';
import { addCheck } from './commands/check.js';
import { addCompare } from './commands/compare.js';
import { addCompletion } from './commands/completion.js';
import { addData } from './commands/data.js';
import { addDeadLetters } from './commands/dead-letters.js';
import { addFlags } from './commands/flags.js';
import { addFlip } from './commands/flip.js';
import { addGateway } from './commands/gateway.js';
import { addGateways } from './commands/gateways.js';
import { addGuard } from './commands/guard.js';
import { addHandover, addRollback } from './commands/handover.js';
import { addOwner } from './commands/owner.js';
import { addComplete } from './commands/complete.js';
import { addPause, addResume } from './commands/pause.js';
import { addProjections } from './commands/projections.js';
import { addPs } from './commands/ps.js';
import { addStatus } from './commands/status.js';
import { addToken } from './commands/token.js';
import { exitCodeHelp } from './output/exit-codes.js';

/** In the order in which help shows them. */
const commands: readonly AddCommand[] = [
  addStatus,
  addFlip,
  addOwner,
  addHandover,
  addRollback,
  addAbandon,
  addPause,
  addResume,
  addComplete,
  addGateways,
  addAudit,
  addToken,
  addCheck,
  addGuard,
  addCompare,
  addData,
  addDeadLetters,
  addProjections,
  addFlags,
  addPs,
  addGateway,
];

/**
 * The command line: its commands, their options and help.
 * @param addOthers commands that belong to one system rather than to every one
 */
export function createProgram(context: CliContext, addOthers: AddCommand): Command {
  const { terminal } = context;
  // Set before the commands are added: they inherit it.
  const program = new Command('strangler')
    .description('Carve services out of a monolith by feature flag: see what flows where, and flip it.')
    .showSuggestionAfterError()
    .showHelpAfterError('"strangler --help" lists the commands, "strangler COMMAND --help" explains one.')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.tell(text.trimEnd()),
    })
    .exitOverride();
  addPlaceOptions(program);
  for (const add of commands.concat(addOthers, addCompletion)) add(program, context);
  return program.addHelpText('after', `\n${exitCodeHelp}`);
}

function addPlaceOptions(program: Command): void {
  const gatewayAdmin = new Option(
    '--gateway-admin <url>',
    "a gateway's admin address, instead of looking for all; may be repeated (default: $GATEWAY_ADMIN_URL)",
  ).argParser((url: string, before: string[] | undefined) => [...(before ?? []), url]);
  program
    .option('--data-dir <folder>', 'data folder of the system (default: $STRANGLER_DATA_DIR, or .data)')
    .option('--unleash-url <url>', 'Unleash (default: $UNLEASH_URL, or as the data folder says)')
    .option('--nats-url <url>', 'NATS, to find gateways (default: $NATS_URL, or as the data folder says)')
    .option(
      '--control-url <url>',
      'the control plane (default: $CONTROL_URL with $CONTROL_TOKEN, or as the data folder says)',
    )
    .addOption(gatewayAdmin);
}
