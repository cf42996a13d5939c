import { readConfigFile } from '../../gateway/config/read-config-file.js';
import { compileEndpoints } from '../../gateway/routing/endpoint.js';
import { printJson, type Terminal } from '../terminal.js';
import { ensureFlags } from './ensure-flags.js';
import type { UnleashAccess } from '../../flags/unleash-request.js';

/**
 * Creates the missing flags of a gateway's endpoints.
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
  const needed = compileEndpoints(readConfigFile(configFile, environment)).flatMap(
    ({ flag, name, stickiness }) => (flag === null ? [] : [{ flag, endpoint: name, stickiness }]),
  );
  const created = await ensureFlags(access, needed);
  if (json) return printJson(terminal, { flags: needed.map(({ flag }) => flag), created });
  terminal.print(
    created.length === 0
      ? `all ${needed.length} flags exist`
      : `created ${created.join(', ')}; ${needed.length - created.length} existed already`,
  );
}
