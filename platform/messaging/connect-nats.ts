import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, ErrorCode, type NatsConnection, NatsError } from 'nats';
import { inboxPrefix } from '#contracts/strangler/inbox-prefix.js';
import { answerInboxesOnly } from './answer-inboxes-only.js';
import { reportRefusals } from './report-refusals.js';

/**
 * Connects to NATS and stays connected: first attempt and every later one are repeated for ever,
 * since a broker that is down must never end a process that can work without it.
 * @param program name shown in the server's connection list
 * @param url `nats://[user:password@]host:port`; several, comma-separated, name a cluster
 */
export async function connectNats(program: string, url: string): Promise<NatsConnection> {
  return prepare(await connect({ ...lasting(program, url), waitOnFirstConnect: true }), url);
}

function lasting(program: string, url: string): ConnectionOptions {
  return {
    ...accountAt(program, url),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    pingInterval: 2_000,
    maxPingOut: 2,
  };
}

/**
 * The same, until it is not wanted any more: the client itself goes on with its first attempt for ever, and keeps the
 * process alive.
 * @throws when the account is refused, or the signal's reason
 */
export async function connectNatsWhileWanted(
  program: string,
  url: string,
  signal: AbortSignal,
): Promise<NatsConnection> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return prepare(await connect({ ...lasting(program, url), timeout: 5_000 }), url);
    } catch (error) {
      if (error instanceof NatsError && refusals.has(error.code)) throw error;
      await sleep(250, undefined, { signal });
    }
  }
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
  return prepare(await connect({ ...accountAt(program, url), reconnect: false, timeout: 2_000 }), url);
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
