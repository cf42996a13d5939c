import { didYouMean } from '../../gateway/config/did-you-mean.js';
import type { EndpointView } from '../status/merge-endpoint.js';
import { wrongUsage } from '../output/exit-codes.js';

/**
 * Finds the endpoint that a user means: by its flag (`inventory.get`) or by method and path (`GET /inventory/{productId}`).
 * @throws AppError `wrong_usage` for an endpoint that is unknown, with the nearest one, or that no flag flips
 */
export function resolveEndpoint(
  named: string,
  endpoints: readonly EndpointView[],
): EndpointView & { flag: string } {
  const wanted = normalised(named);
  const found = endpoints.find(
    ({ flag, endpoint }) => flag === named.trim() || normalised(endpoint) === wanted,
  );
  if (!found) throw unknown(named, endpoints);
  if (found.flag !== null) return { ...found, flag: found.flag };
  throw wrongUsage(
    found.kind === 'write'
      ? `${found.endpoint} is a write without a flag: it goes to the owner of its data. Where both sides share one database (consistency: none), a verb in the gateway's configuration gives it one.`
      : `${found.endpoint} has no flag: no service stands behind it in the gateway's configuration.`,
  );
}

/** Spaces and the case of the method don't matter, nor what the parameters of the path are called. */
function normalised(endpoint: string): string {
  const [method = '', ...path] = endpoint.trim().split(/\s+/);
  return `${method.toUpperCase()} ${path.join(' ')}`.replaceAll(/\{\w+\}/g, '{}');
}

function unknown(named: string, endpoints: readonly EndpointView[]): Error {
  const flags = endpoints.flatMap(({ flag }) => (flag === null ? [] : [flag]));
  const near = didYouMean(named, [...flags, ...endpoints.map(({ endpoint }) => endpoint)]);
  const known =
    flags.length > 0
      ? `These can be flipped: ${flags.join(', ')}.`
      : 'The gateways know none that can be flipped.';
  return wrongUsage(
    `No gateway knows an endpoint "${named}"${near ? `; did you mean "${near}"?` : '.'} ${known}`,
  );
}
