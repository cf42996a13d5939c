import type { FoundInstance } from '#platform/discovery/find-instances.js';

/** What registered instances say of themselves, judged by the configuration. */
export interface RegisteredAddresses {
  /** Origins that requests may be sent to. */
  urls: string[];
  /** Addresses that are not used, as the instances gave them. */
  refused: string[];
}

/**
 * Takes from registrations what is an address at one of the configured hosts.
 * @param hosts `name` or `name:port`; any host where there are none
 */
export function registeredAddresses(
  hosts: readonly string[],
  instances: readonly Pick<FoundInstance, 'metadata'>[],
): RegisteredAddresses {
  const addresses: RegisteredAddresses = { urls: [], refused: [] };
  for (const { metadata } of instances) {
    const { url = '' } = metadata;
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed && /^https?:$/.test(parsed.protocol) && isAllowed(hosts, parsed))
      addresses.urls.push(parsed.origin);
    else addresses.refused.push(url);
  }
  return addresses;
}

function isAllowed(hosts: readonly string[], { hostname, host, port, protocol }: URL): boolean {
  const withPort = port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host;
  return hosts.length === 0 || hosts.includes(hostname) || hosts.includes(withPort);
}
