import { isIPv6 } from 'node:net';

/** A request's target as a path, or why it can't be passed on. */
export type Target = { path: string; host: string | undefined } | { refusal: string };

/**
 * Reads a request target: a path, or an address as it is sent to proxies (RFC 9112, 3.2). Refused is what the gateway and a
 * program could take for two different paths: Express, as an example, ends a path at `#`, reads `\` as `/` beside one, and
 * takes away blanks at its end.
 */
export function readTarget(target: string): Target {
  if (hasTwoReadings(target))
    return { refusal: 'asks for a path with characters that must be percent-encoded' };
  if (target.startsWith('/')) return { path: target, host: undefined };
  const absolute = /^http:\/\/([^/?]*)(\/?[^]*)$/i.exec(target);
  if (!absolute) return { refusal: 'asks for something that is no path' };
  const [, host = '', rest = ''] = absolute;
  if (host === '' || !isHost(host)) return { refusal: 'asks for an ill-formed host' };
  return { path: rest.startsWith('/') ? rest : `/${rest}`, host };
}

/** Blanks and controls, `#` and `\`, the bytes of a blank without a break, and whatever is beyond a byte. */
function hasTwoReadings(target: string): boolean {
  for (let at = 0; at < target.length; at++) {
    const code = target.charCodeAt(at);
    if (code <= 32 || code === 35 || code === 92 || code === 127 || code === 160 || code > 255) return true;
  }
  return false;
}

/** Registered names as they are in use (RFC 3986, 3.2.2), without the comma: proxies have joined two hosts by it. */
const name = /^(?:[\w.~!$&'()*+;=-]|%[0-9a-f]{2})*(?::(\d*))?$/i;
const inBrackets = /^\[([^\]]+)\](?::(\d*))?$/;

/** Whether a Host header or an authority is well-formed: a name or an address, and at most a port. It may be empty. */
export function isHost(host: string): boolean {
  const address = inBrackets.exec(host);
  const found = address ?? name.exec(host);
  if (!found || (address && !isIPv6(address[1] ?? ''))) return false;
  const port = address ? address[2] : found[1];
  return port === undefined || port === '' || Number(port) <= 65_535;
}
