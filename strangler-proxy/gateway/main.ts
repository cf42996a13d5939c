import { parseArgs } from 'node:util';
import { AppError } from '#platform/errors/app-error.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { stackOf } from '#platform/telemetry/serialize-error.js';
import { readEnvironment } from './config.js';
import { runGateway } from './run-gateway.js';

const { values } = parseArgs({
  options: { config: { type: 'string' }, port: { type: 'string' }, 'admin-port': { type: 'string' } },
});

async function main(): Promise<void> {
  if (!values.config) throw new AppError('invalid_config', 'Say which configuration to run: --config FILE');
  const { logLevel } = readEnvironment(process.env);
  const logger = createLogger('gateway', logLevel);
  const gateway = await runGateway({
    configFile: values.config,
    environment: process.env,
    port: portFrom(values.port),
    adminPort: portFrom(values['admin-port']),
    logger,
  });
  logger.info({ gateway: gateway.id, url: gateway.url, adminUrl: gateway.adminUrl }, 'gateway is up');
  const end = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'gateway drains');
    void gateway.drain().then(() => logger.info('gateway has ended'));
  };
  process.once('SIGTERM', end).once('SIGINT', end);
}

function portFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new AppError('invalid_config', `"${text}" is no port: give a whole number from 0 to 65535`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? error.message : stackOf(error)}\n`);
  process.exitCode = 1;
});
