import type { EventEmitter } from 'node:events';
import { type ClientFeaturesResponse, InMemStorageProvider, Unleash } from 'unleash-client';
import type { FlagsStatus } from '#contracts/strangler/gateway-status.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { compileFlag, type FlagRule } from './compile-flag.js';
import { createFlagBackup } from './flag-backup.js';

/** A request's context for flags that are evaluated afresh: field to value. */
export type FlagContext = Record<string, string>;

/** The flags as they are now; never waits for Unleash. */
export interface Flags {
  ruleOf(flag: string): FlagRule;
  /** For a rule that is `per-request`. */
  evaluate(flag: string, context: FlagContext): boolean;
  /** Called after each change; the rules are new then. */
  onChange(listener: () => void): void;
  status(): FlagsStatus;
  close(): void;
}

export interface FlagOptions {
  url: string;
  token: string;
  environment: string;
  /** Milliseconds between two looks at Unleash. */
  refresh: number;
  /** Folder of the backup; without it flags don't survive a restart. */
  stateFolder: string | undefined;
  logger: Logger;
  now: () => number;
}

/**
 * How long Unleash may be silent before its client is replaced by a fresh one. The SDK gives up for good on an
 * answer 401 and backs off by minutes after a time of 5xx; a gateway must act within seconds once Unleash is well.
 */
const silenceLimit = 5_000;

/** Follows Unleash, and keeps the last known flags when it can't be reached. */
export function watchFlags(options: FlagOptions): Flags {
  const { now, logger } = options;
  const listeners: (() => void)[] = [];
  const storage = options.stateFolder
    ? createFlagBackup(options.stateFolder)
    : new InMemStorageProvider<ClientFeaturesResponse>();
  let revision = 0;
  let changedAt: number | undefined;
  let contactedAt: number | undefined;
  let rules = new Map<string, FlagRule>();
  let fingerprint = '';
  let warned = false;
  let current = connect();
  let candidate: Unleash | undefined;
  let startedAt = now();

  function connect(): Unleash {
    const client = new Unleash({
      appName: 'gateway',
      url: new URL('/api/', options.url).href,
      environment: options.environment,
      refreshInterval: options.refresh,
      timeout: Math.max(options.refresh, 2_000),
      customHeaders: { Authorization: options.token },
      disableMetrics: true,
      skipInstanceCountWarning: true,
      storageProvider: storage,
    });
    const warnOf = guarded('a warning of Unleash', warn);
    client.on('error', warnOf).on('warn', warnOf);
    client.on(
      'ready',
      guarded('the first flags', () => client === current && take(client)),
    );
    client.on(
      'unchanged',
      guarded('flags as before', () => heard(client)),
    );
    client.on(
      'changed',
      guarded('changed flags', () => {
        heard(client);
        take(client);
      }),
    );
    return client;
  }

  function warn(error: unknown): void {
    if (warned) return;
    warned = true;
    logger.warn({ err: error }, 'Unleash could not be asked for flags; the last known ones stay in force');
  }

  function heard(client: Unleash): void {
    contactedAt = now();
    warned = false;
    if (client === current) return;
    end(current);
    current = client;
    candidate = undefined;
  }

  function take(client: Unleash): void {
    const definitions = client.getFeatureToggleDefinitions();
    const text = JSON.stringify(definitions);
    if (text === fingerprint) return;
    fingerprint = text;
    rules = new Map(definitions.map((flag) => [flag.name, compileFlag(flag)]));
    revision += 1;
    changedAt = now();
    for (const listener of listeners) listener();
  }

  const watchdog = setInterval(
    guarded('a look at flags', () => {
      if (now() - Math.max(contactedAt ?? 0, startedAt) < Math.max(silenceLimit, 3 * options.refresh)) return;
      startedAt = now();
      if (candidate) end(candidate);
      candidate = connect();
    }),
    1_000,
  );
  watchdog.unref();

  return {
    ruleOf: (flag) => rules.get(flag) ?? compileFlag(undefined),
    evaluate: (flag, context) => current.isEnabled(flag, context),
    onChange: (listener) => void listeners.push(listener),
    status: () => ({
      source: contactedAt === undefined ? (revision > 0 ? 'last-known' : 'none') : 'unleash',
      revision,
      changedAt: iso(changedAt),
      contactedAt: iso(contactedAt),
      ageMs: contactedAt === undefined ? null : now() - contactedAt,
    }),
    close() {
      clearInterval(watchdog);
      end(current);
      if (candidate) end(candidate);
    },
  };
}

/**
 * Ends a client. It takes its listeners away at once, but not the request that it may have under way: when that
 * fails later, the error would have no listener, which ends a process.
 */
function end(client: Unleash): void {
  client.destroy();
  const { repository } = client as unknown as { repository: EventEmitter };
  repository.on('error', () => undefined);
}

function iso(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

/** For a gateway without Unleash: no flag exists, so every request goes to the monolith. */
export function noFlags(): Flags {
  return {
    ruleOf: () => ({ by: 'off' }),
    evaluate: () => false,
    onChange: () => undefined,
    status: () => ({ source: 'none', revision: 0, changedAt: null, contactedAt: null, ageMs: null }),
    close: () => undefined,
  };
}
