/** Errors of a connection that was never made. */
const notConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Whether a request that failed can't have been carried out: no connection came about, so nothing was asked.
 * @param error what `fetch` threw
 */
export function neverArrived(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return notConnected.has(code);
  // `fetch` wraps what went wrong, at times twice.
  return cause !== undefined && neverArrived(cause);
}
