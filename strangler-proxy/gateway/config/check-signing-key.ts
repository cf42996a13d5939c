import { AppError } from '#platform/errors/app-error.js';
import { replicatedCapabilities } from './capabilities.js';
import type { GatewayConfig } from './gateway-config.js';

/**
 * Where a new id decides the owner, the programs must believe it. Only a gateway needs the secret for that: others that
 * read its configuration do without.
 * @throws AppError `invalid_config` where it is missing
 */
export function checkSigningKey(config: GatewayConfig, file: string): void {
  if (config.signingKey !== undefined) return;
  const replicated = replicatedCapabilities(config);
  const creating = config.endpoints.find(
    ({ key, capability }) => key === 'new' && capability !== undefined && replicated.has(capability),
  );
  if (!creating) return;
  throw new AppError(
    'invalid_config',
    `The gateway's configuration ${file} needs signingKey for ${creating.endpoint}: the new id decides the owner, who must believe it`,
  );
}
