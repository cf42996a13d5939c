import { Argument, type Command } from 'commander';
import { candidates } from '../completion/candidates.js';
import { completionScript, type Shell, shells } from '../completion/completion-script.js';
import { findGateways } from '../gateways/find-gateways.js';
import { readStatuses } from '../gateways/read-statuses.js';
import { type CliContext, placesFor } from './cli-context.js';

const help = `
Examples:
  $ source <(strangler completion bash)
  $ strangler completion zsh > ~/.zfunc/_strangler
  $ strangler completion fish > ~/.config/fish/completions/strangler.fish`;

export function addCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('print a script that completes commands, options and endpoints in a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText('after', help)
    .action((shell: Shell) => context.terminal.print(completionScript(shell, context.programFile)));
  // Called by those scripts at each press of the key.
  program
    .command('complete-words', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[], _options: unknown, command: Command) => {
      const found = await candidates(program, words, {
        endpoint: () => flagNames(command, context),
        capability: () => capabilityNames(command, context),
      });
      if (found.length > 0) context.terminal.print(found.join('\n'));
    });
}

async function capabilityNames(command: Command, context: CliContext): Promise<string[]> {
  const { answering } = await readStatuses(await findGateways(placesFor(command, context)));
  const all = answering.flatMap(({ status }) => status.capabilities);
  return [...new Set(all.filter(({ upstreams }) => upstreams.service).map(({ capability }) => capability))];
}

async function flagNames(command: Command, context: CliContext): Promise<string[]> {
  const { answering } = await readStatuses(await findGateways(placesFor(command, context)));
  const flags = answering.flatMap(({ status }) => status.endpoints.map(({ flag }) => flag));
  return [...new Set(flags.filter((flag) => flag !== null))];
}
