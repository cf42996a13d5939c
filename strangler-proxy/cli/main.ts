import { AppError } from '#platform/errors/app-error.js';
import { readCliConfig } from './system/config.js';
import { exitCodes } from './output/exit-codes.js';
import { runCli } from './run-cli.js';
import { addShopCommands } from './shop-commands/add-shop-commands.js';
import { onOrphaned } from './processes/on-orphaned.js';
import { openTerminal } from './output/terminal.js';

process.exitCode = await main();

async function main(): Promise<number> {
  const terminal = openTerminal(process, Boolean(process.env['NO_COLOR']));
  try {
    const context = {
      config: readCliConfig(process.env),
      environment: process.env,
      terminal,
      whenAskedToEnd,
      programFile: process.argv[1] ?? '',
    };
    return await runCli(process.argv.slice(2), context, addShopCommands);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    terminal.tell(error.message);
    return exitCodes.wrongUsage;
  }
}

/** A second Ctrl-C ends the process at once, as ever. */
function whenAskedToEnd(): AbortSignal {
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  onOrphaned(process.env, end);
  return ending.signal;
}
