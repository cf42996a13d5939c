import { CommanderError } from 'commander';
import { AppError } from '#platform/errors/app-error.js';
import { stackOf } from '#platform/telemetry/serialize-error.js';
import type { AddCommand, CliContext } from './commands/cli-context.js';
import { createProgram } from './create-program.js';
import { exitCodeOf, exitCodes } from './output/exit-codes.js';

/**
 * Runs one command, and tells the user what went wrong if anything did.
 * @param args what stands behind the program's name
 * @returns the exit code
 */
export async function runCli(
  args: readonly string[],
  context: CliContext,
  addOthers: AddCommand,
): Promise<number> {
  const { tell, colours } = context.terminal;
  try {
    await createProgram(context, addOthers).parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // Help was asked for, or commander has already said what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.wrongUsage;
    tell(colours.red(error instanceof AppError ? error.message : unexpected(error)));
    return exitCodeOf(error);
  }
}

/** What nobody has thought of: only the stack tells where. */
function unexpected(error: unknown): string {
  return stackOf(error);
}
