import { z } from 'zod';

/**
 * True for a host that names no machine, such as `0.0.0.0`, `::` or nothing: a program may listen on it, but nobody can
 * connect to it from elsewhere.
 * @param host name or address, IPv6 with or without brackets
 */
export function isUnspecifiedHost(host: string): boolean {
  const inUrl = `http://${bracketed(host)}`;
  // A URL knows all spellings of an address: 0, 0x0 and 000.0.0.0 are 0.0.0.0 as well.
  return !URL.canParse(inUrl) || unspecified.has(new URL(inUrl).hostname);
}

const unspecified = new Set(['', '0.0.0.0', '[::]', '[::ffff:0:0]']);

/** The address of a listener, for a program that can connect to its host. */
export function listenerUrl(host: string, port: number): string {
  return `http://${bracketed(host)}:${port}`;
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** A setting that holds the address of a program, as other programs reach it. */
export const publicUrl = z
  .url({ protocol: /^https?$/, error: 'must be http://host:port' })
  .refine((url) => !URL.canParse(url) || !isUnspecifiedHost(new URL(url).hostname), {
    error: 'must name a host that other programs can connect to, not 0.0.0.0 or ::',
  });
