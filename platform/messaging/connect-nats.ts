import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, ErrorCode, type NatsConnection, NatsError } from 'nats';
import { inboxPrefix } from '#contracts/strangler/inbox-prefix.js';
import { answerInboxesOnly } from './answer-inboxes-only.js';
import { openConnection } from './open-connection.js';
import { reportRefusals } from './report-refusals.js';

/**
 * Connects to NATS and stays connected: first attempt and every later one are repeated for ever,
 * since a broker that is down must never end a process that can work without it.
 * @param program name shown in the server's connection list
 * @param url `nats://[user:password@]host:port`; several, comma-separated, name a cluster
 * @param signal ends the attempts
 * @throws the signal's reason
 */
export function connectNats(program: string, url: string, signal?: AbortSignal): Promise<NatsConnection> {
  return attempt(program, url, signal, () => true);
}

/**
 * The same, for a program that goes on without NATS where its account is refused.
 * @throws when the account is refused, or the signal's reason
 */
export function connectNatsUnlessRefused(
  program: string,
  url: string,
  signal: AbortSignal,
): Promise<NatsConnection> {
  return attempt(program, url, signal, (error) => !(error instanceof NatsError && refusals.has(error.code)));
}

/** The client's own repetition of first attempts can't be ended. */
async function attempt(
  program: string,
  url: string,
  signal: AbortSignal | undefined,
  mayRepeat: (error: unknown) => boolean,
): Promise<NatsConnection> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return prepare(await openConnection(lasting(program, url), signal), url);
    } catch (error) {
      signal?.throwIfAborted();
      if (!mayRepeat(error)) throw error;
      await sleep(250, undefined, { signal });
    }
  }
}

function lasting(program: string, url: string): ConnectionOptions {
  return {
    ...accountAt(program, url),
    timeout: 5_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    pingInterval: 2_000,
    maxPingOut: 2,
  };
}

const refusals = new Set<string>([
  ErrorCode.AuthorizationViolation,
  ErrorCode.BadAuthentication,
  ErrorCode.AuthenticationExpired,
  ErrorCode.PermissionsViolation,
]);

/**
 * Connects to NATS with one attempt that takes two seconds at most: for a command that a person waits for.
 * @throws when nobody answers, or the account is refused
 */
export async function connectNatsOnce(program: string, url: string): Promise<NatsConnection> {
  return prepare(await openConnection({ ...accountAt(program, url), reconnect: false, timeout: 2_000 }), url);
}

function prepare(nats: NatsConnection, url: string): NatsConnection {
  answerInboxesOnly(nats);
  reportRefusals(nats, accountOf(url)?.user ?? 'without a name');
  return nats;
}

function accountAt(name: string, url: string): ConnectionOptions {
  const account = accountOf(url);
  return {
    name,
    servers: url.split(',').map((one) => new URL(one).host),
    ...(account ? { ...account, inboxPrefix: inboxPrefix(account.user) } : {}),
  };
}

function accountOf(url: string): { user: string; pass: string } | undefined {
  const first = new URL(url.split(',')[0] ?? '');
  return first.username === ''
    ? undefined
    : { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) };
}
