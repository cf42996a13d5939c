import { AppError } from '#platform/http/app-error.js';

/** Where flags are changed, and on whose behalf. */
export interface UnleashAccess {
  url: string;
  /** An admin token. */
  token: string;
  project: string;
  environment: string;
}

/** Longest wait for one answer, in milliseconds. */
const answerTimeout = 10_000;

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
  const response = await send(access, method, path, body);
  const content = parse(await response.text());
  if (response.ok || expected.includes(response.status)) return { status: response.status, body: content };
  if (response.status === 401 || response.status === 403) {
    throw notReachable(
      `Unleash at ${access.url} doesn't accept the token (${response.status}): set UNLEASH_ADMIN_TOKEN to an admin token of that server`,
    );
  }
  throw new AppError(
    'failed',
    `Unleash at ${access.url} answers ${response.status} to ${method} ${path}: ${messageOf(content)}`,
  );
}

async function send(access: UnleashAccess, method: string, path: string, body: unknown): Promise<Response> {
  const base = access.url.endsWith('/') ? access.url : `${access.url}/`;
  try {
    return await fetch(new URL(`api/admin/${path}`, base), {
      method,
      headers: { authorization: access.token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerTimeout),
    });
  } catch (cause) {
    throw notReachable(
      `Unleash at ${access.url} doesn't answer, so no flag was changed by this step. The gateways go on with the flags they know. ` +
        `Look at "npx strangler ps", or name the right address with --unleash-url.`,
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
