import { AppError } from '#platform/errors/app-error.js';
import type { ScreenedRequest } from './request-headers.js';

/** Methods by which a client looks for a request's way: the only ones whose Max-Forwards counts (RFC 9110, 7.6.2). */
const countedMethods = new Set(['TRACE', 'OPTIONS']);

/**
 * Names this gateway among those that pass a request on (RFC 9110, 7.6.3).
 * @param self a name of its own, so that a request that comes back is known
 */
export function passOnAs(self: string) {
  const named: Record<string, string> = { '1.0': `1.0 ${self}`, '1.1': `1.1 ${self}` };

  /**
   * Adds `Via`, and takes one from `Max-Forwards`.
   * @returns why the request may not be passed on, if it may not
   */
  return (screened: ScreenedRequest, method: string, httpVersion: string): AppError | undefined => {
    const { headers, maxForwards, via } = screened;
    if (via?.includes(self))
      return new AppError(
        'loop_detected',
        'The request has come back to the gateway that passed it on: an upstream of its configuration leads to itself',
        { status: 508 },
      );
    headers.push('Via', named[httpVersion] ?? `1.1 ${self}`);
    if (maxForwards === undefined || !countedMethods.has(method)) return undefined;
    if (Number(maxForwards) === 0)
      return new AppError(
        'not_implemented',
        `The request may not be passed on any further, and the gateway itself answers no ${method}`,
        { status: 501 },
      );
    const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'max-forwards');
    if (at !== -1) headers[at + 1] = String(Number(maxForwards) - 1);
    return undefined;
  };
}

export type PassOn = ReturnType<typeof passOnAs>;
