import { v7 as uuidv7 } from 'uuid';
import type { Logger } from '#platform/telemetry/logger.js';
import { checkAnnouncedAddresses } from './config/check-announced-addresses.js';
import { checkSigningKey } from './config/check-signing-key.js';
import { readConfigFile } from './config/read-config-file.js';
import { openFilesLimit, tooFewOpenFiles } from './listener/open-files.js';
import type { RunningGateway } from './running-gateway.js';
import { startGateway } from './start-gateway.js';
import { gatewayVersion } from './version.js';

export type { RunningGateway } from './running-gateway.js';

export interface GatewayOptions {
  configFile: string;
  /** What `${NAME}` in the configuration stands for; usually `process.env`. */
  environment: Record<string, string | undefined>;
  /** Instead of those in the configuration; 0 takes any free one. */
  port?: number | undefined;
  adminPort?: number | undefined;
  logger: Logger;
}

/**
 * Runs a gateway in front of a monolith, as its configuration says.
 * @throws AppError `invalid_config` or `port_in_use`, with what to do about it
 */
export function runGateway(options: GatewayOptions): Promise<RunningGateway> {
  const config = readConfigFile(options.configFile, options.environment);
  checkSigningKey(config, options.configFile);
  checkAnnouncedAddresses(config, options.configFile);
  if (options.port !== undefined) config.listen.port = options.port;
  if (options.adminPort !== undefined) config.admin.port = options.adminPort;
  const tooFew = tooFewOpenFiles(config, openFilesLimit());
  if (tooFew !== undefined) options.logger.warn(tooFew);
  return startGateway({
    config,
    configFile: options.configFile,
    id: uuidv7(),
    version: gatewayVersion,
    logger: options.logger,
  });
}
