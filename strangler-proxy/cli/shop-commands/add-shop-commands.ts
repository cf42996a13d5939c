import type { Command } from 'commander';
import type { CliContext } from '../commands/cli-context.js';
import { addImport } from './import.js';
import { addReplay } from './replay.js';

/** The commands that know the shop, all in this folder; all others work with any monolith. */
export function addShopCommands(program: Command, context: CliContext): void {
  addImport(program, context);
  addReplay(program, context);
}
