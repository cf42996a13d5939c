import { ownershipGroup } from '#platform/ownership/bucket-of-key.js';
import { ownershipDescription } from '../../flags/ownership-description.js';
import { replicatedCapabilities } from '../../gateway/config/capabilities.js';
import { readConfigFile } from '../../gateway/config/read-config-file.js';
import { compileEndpoints } from '../../gateway/routing/endpoint.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { descriptionOf, ensureFlags } from './ensure-flags.js';
import type { UnleashAccess } from '../../flags/unleash-request.js';

/**
 * Creates the missing flags of a gateway's endpoints, and those of the ownership of its capabilities.
 * @param environment what `${NAME}` in the configuration stands for
 * @throws AppError `invalid_config`, `not_reachable`
 */
export async function ensureConfiguredFlags(
  configFile: string,
  environment: Record<string, string | undefined>,
  access: UnleashAccess,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const config = readConfigFile(configFile, environment);
  const needed = [
    ...compileEndpoints(config).flatMap(({ flag, name, stickiness }) =>
      flag === null ? [] : [{ flag, description: descriptionOf(name), stickiness }],
    ),
    ...[...replicatedCapabilities(config).keys()].map((capability) => ({
      flag: ownershipGroup(capability),
      description: ownershipDescription(capability),
      stickiness: 'default',
    })),
  ];
  const created = await ensureFlags(access, needed);
  if (json) return printJson(terminal, { flags: needed.map(({ flag }) => flag), created });
  terminal.print(
    created.length === 0
      ? `all ${needed.length} flags exist`
      : `created ${created.join(', ')}; ${needed.length - created.length} existed already`,
  );
}
