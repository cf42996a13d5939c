import { listenerUrl } from '#platform/discovery/public-address.js';
import { readConfigFile } from '../../gateway/config/read-config-file.js';
import type { CliConfig } from './config.js';
import type { Places } from './locate-system.js';

/**
 * Adds what a gateway's configuration says of where things are: its own admin address, and NATS and Unleash where nobody else has
 * said where those are. So a gateway is found that nothing else names.
 * @param environment what `${NAME}` in the configuration stands for
 * @throws AppError `invalid_config`
 */
export function withGatewayOf(
  places: Places,
  file: string | undefined,
  environment: Record<string, string | undefined>,
  { UNLEASH_ADMIN_TOKEN }: Pick<CliConfig, 'UNLEASH_ADMIN_TOKEN'>,
): Places {
  if (file === undefined) return places;
  const { admin, nats, flags } = readConfigFile(file, { NATS_URL: places.natsUrl, ...environment });
  const token = UNLEASH_ADMIN_TOKEN ?? '';
  return {
    ...places,
    gatewayAdmins: [...places.gatewayAdmins, admin.publicUrl ?? listenerUrl(admin.host, admin.port)],
    natsUrl: places.natsUrl ?? nats,
    unleash: places.unleash ?? (flags.unleash === undefined ? undefined : { url: flags.unleash, token }),
  };
}
