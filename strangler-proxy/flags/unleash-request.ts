import { AppError } from '#platform/errors/app-error.js';
import { neverArrived } from '#platform/errors/never-arrived.js';

/** Where flags are changed, and on whose behalf. */
export interface UnleashAccess {
  url: string;
  /** An admin token. */
  token: string;
  project: string;
  environment: string;
  /** Longest wait for one answer, in milliseconds; 10 seconds unless it is given. */
  timeoutMs?: number;
}

export const usualTimeoutMs = 10_000;

/**
 * One request to Unleash's admin API.
 * @param expected statuses that the caller deals with, beside success
 * @throws AppError `not_reachable` when nothing answers or the token isn't accepted; `failed` for any other answer
 */
export async function call(
  access: UnleashAccess,
  method: string,
  path: string,
  body?: unknown,
  expected: readonly number[] = [],
): Promise<{ status: number; body: unknown }> {
  const { status, ok, text } = await send(access, method, path, body);
  const content = parse(text);
  if (ok || expected.includes(status)) return { status, body: content };
  if (status === 401 || status === 403) {
    throw notReachable(
      `Unleash at ${access.url} doesn't accept the token (${status}): set UNLEASH_ADMIN_TOKEN to an admin token of that server`,
    );
  }
  throw new AppError(
    'failed',
    `Unleash at ${access.url} answers ${status} to ${method} ${path}: ${messageOf(content)}`,
  );
}

/** The whole answer: one that breaks off, or never ends, is none. */
async function send(
  access: UnleashAccess,
  method: string,
  path: string,
  body: unknown,
): Promise<{ status: number; ok: boolean; text: string }> {
  const base = access.url.endsWith('/') ? access.url : `${access.url}/`;
  try {
    const response = await fetch(new URL(`api/admin/${path}`, base), {
      method,
      headers: { authorization: access.token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(access.timeoutMs ?? usualTimeoutMs),
    });
    return { status: response.status, ok: response.ok, text: await response.text() };
  } catch (cause) {
    const maybe = method !== 'GET' && !neverArrived(cause);
    throw notReachable(
      `Unleash at ${access.url} doesn't answer, so ${maybe ? 'nobody knows whether this step has changed the flag' : 'no flag was changed by this step'}. ` +
        `The gateways go on with the flags they know. Look at "npx strangler ps", or name the right address with --unleash-url` +
        `${maybe ? '; the same command again does what is missing' : ''}.`,
      cause,
    );
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return { message: text.slice(0, 200) };
  }
}

function notReachable(message: string, cause?: unknown): AppError {
  return new AppError('not_reachable', message, { cause });
}

/** The reason that Unleash gives. */
export function messageOf(body: unknown): string {
  const { message } = (body ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : 'no reason given';
}
