import type { Command } from 'commander';
import type { CliConfig } from '../system/config.js';
import { notReachable } from '../output/exit-codes.js';
import type { UnleashAccess } from '../../flags/unleash-request.js';
import { withGatewayOf } from '../system/with-gateway-of.js';
import { withoutSystem } from '../system/without-system.js';
import { locateSystem, type PlaceOptions, type Places } from '../system/locate-system.js';
import type { Terminal } from '../output/terminal.js';

/** What commands need from the process that they run in. */
export interface CliContext {
  config: CliConfig;
  /** What `${NAME}` in a gateway's configuration stands for. */
  environment: Record<string, string | undefined>;
  terminal: Terminal;
  /** From the first call on, Ctrl-C and SIGTERM abort the signal instead of ending the process at once. */
  whenAskedToEnd: () => AbortSignal;
  /** The program file by which this command line was started: completion calls it again. */
  programFile: string;
}

/** Declares one command, or several that belong together. */
export type AddCommand = (program: Command, context: CliContext) => void;

/** Where the system is, as the options of a command and the environment say. */
export function placesFor(command: Command, { config }: CliContext): Places {
  return locateSystem(command.optsWithGlobals<PlaceOptions>(), config);
}

/** The same, with what a gateway's configuration says, where one is given. @throws AppError `invalid_config` */
export function placesOfGateway(command: Command, context: CliContext, file: string | undefined): Places {
  return withGatewayOf(placesFor(command, context), file, context.environment, context.config);
}

/** @throws AppError `not_reachable` when nobody has said where Unleash is */
export function unleashFor({ unleash, dataDir }: Places, { config }: CliContext): UnleashAccess {
  if (unleash)
    return {
      ...unleash,
      project: config.UNLEASH_PROJECT,
      environment: config.UNLEASH_ENVIRONMENT,
      timeoutMs: config.UNLEASH_TIMEOUT_MS * config.PATIENCE,
    };
  throw notReachable(
    `Where is Unleash? ${withoutSystem(dataDir)} For another Unleash say --unleash-url, and set UNLEASH_ADMIN_TOKEN.`,
  );
}
