import type { Command } from 'commander';
import type { CliContext } from './cli-context.js';
import { runGatewayProcess } from '../processes/run-gateway-process.js';

interface GatewayOptions {
  config: string;
  port?: string;
  adminPort?: string;
}

export function addGateway(program: Command, { environment }: CliContext): void {
  program
    .command('gateway')
    .description('run a gateway in front of a monolith, until Ctrl-C or SIGTERM')
    .requiredOption('--config <file>', 'its configuration, YAML')
    .option('--port <port>', 'instead of the one in the configuration')
    .option('--admin-port <port>', 'instead of the one in the configuration')
    .addHelpText(
      'after',
      '\nExamples:\n  $ MONOLITH_URL=http://127.0.0.1:4100 strangler gateway --config my-gateway.yaml --port 8080',
    )
    .action(({ config, port, adminPort }: GatewayOptions) =>
      runGatewayProcess(
        [
          `--config=${config}`,
          ...(port === undefined ? [] : [`--port=${port}`]),
          ...(adminPort === undefined ? [] : [`--admin-port=${adminPort}`]),
        ],
        environment,
      ),
    );
}
