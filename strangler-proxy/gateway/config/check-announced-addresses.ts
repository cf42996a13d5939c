import { isUnspecifiedHost } from '#platform/discovery/public-address.js';
import { AppError } from '#platform/errors/app-error.js';
import type { GatewayConfig } from './gateway-config.js';

/**
 * A gateway announces its addresses in NATS: the control plane and the command line connect to them. Other programs that
 * read its configuration announce nothing, so only the gateway checks this.
 * @throws AppError `invalid_config` that names each setting which is missing
 */
export function checkAnnouncedAddresses(config: GatewayConfig, file: string): void {
  if (config.nats === undefined) return;
  const problems = (['listen', 'admin'] as const).flatMap((name) => {
    const { host, port, publicUrl } = config[name];
    if (publicUrl !== undefined || !isUnspecifiedHost(host)) return [];
    return [
      `  ${name}.publicUrl is needed while ${name}.host is "${host}": set it to the address at which other programs reach this gateway, such as http://gateway:${port}`,
    ];
  });
  if (problems.length === 0) return;
  throw new AppError(
    'invalid_config',
    `The gateway's configuration ${file} says no address to announce in NATS:\n${problems.join('\n')}`,
  );
}
