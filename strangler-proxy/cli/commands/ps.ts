import type { Command } from 'commander';
import { showProcesses } from '../processes/show-processes.js';
import { type CliContext, placesFor } from './cli-context.js';

export function addPs(program: Command, context: CliContext): void {
  program
    .command('ps')
    .description('list the processes of a running system')
    .option('--json', 'as JSON')
    .action(({ json = false }: { json?: boolean }, command: Command) =>
      showProcesses(placesFor(command, context).dataDir, json, context.terminal),
    );
}
