import {
  type AppliedUpTo,
  appliedUpToSchema,
  appliedUpToSubject,
} from '#contracts/strangler/applied-up-to.js';
import type { ReplicaStatus } from '#contracts/strangler/gateway-status.js';
import {
  type WriteNotice,
  type WrittenKeys,
  writtenKeysSchema,
  writtenKeysSubject,
} from '#contracts/strangler/written-keys.js';
import { listenJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { ConsistencyConfig } from '../config/gateway-config.js';
import type { Endpoint, WriteDeclaration } from '../routing/endpoint.js';
import { createAnnouncer, watchSequences } from './announcer.js';
import type { Freshness, TrackedWrite } from './freshness.js';
import { createHearing } from './hearing.js';
import type { Keys } from './key-source.js';
import { keysAfter, keysBefore, mergeKeys } from './keys-of-write.js';
import { type RecentWrites, trackRecentWrites } from './recent-writes.js';
import { beatEvery, followReplica, type ReplicaFreshness } from './replica-freshness.js';

/** Freshness of all capabilities of one gateway, fed by NATS. */
export interface KeptFresh extends Freshness {
  connected(nats: NatsConnection): void;
  cutOff(): void;
  status(capability: string): ReplicaStatus | null;
  close(): void;
}

export interface KeepFreshOptions {
  gateway: string;
  /** Capabilities whose service holds a replica. */
  capabilities: ReadonlyMap<string, ConsistencyConfig>;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Milliseconds of silence after which no other gateway is there any more; they speak at each beat. */
const aloneAfter = 20 * beatEvery;

interface Kept {
  capability: string;
  writes: RecentWrites;
  replica: ReplicaFreshness;
  /** This gateway's own writes that others must be told of again at each beat. */
  own: Map<string, WriteNotice>;
  unknownOutcome: number;
}

/** Keeps clients from reading older than they wrote, through any gateway. */
export function keepFresh({ gateway, capabilities, logger, now }: KeepFreshOptions): KeptFresh {
  const announcer = createAnnouncer(gateway);
  const kept = new Map(
    [...capabilities].map(([capability, limits]) => [capability, keep(capability, limits, now)]),
  );
  const missed = watchSequences((capability) => kept.get(capability)?.replica.rejoin(), now);
  const hearing = createHearing();
  let othersHeardAt = Number.NEGATIVE_INFINITY;
  let writesBegun = 0;

  function hear(message: WrittenKeys): void {
    const one = kept.get(message.capability);
    if (!one || message.gateway === gateway) return;
    othersHeardAt = now();
    missed(message);
    for (const notice of message.writes)
      note(one.writes, { ...notice, write: `${message.gateway} ${notice.write}` });
  }

  function beat(): void {
    for (const one of kept.values()) {
      for (const [write, { state, at }] of one.own) {
        if (state === 'unknown' && at + one.unknownOutcome < one.writes.appliedUpTo) one.own.delete(write);
      }
      announcer.say(one.capability, [...one.own.values()]);
    }
  }

  function say(one: Kept, notice: WriteNotice): void {
    note(one.writes, notice);
    if (notice.state === 'intended' || notice.state === 'unknown') one.own.set(notice.write, notice);
    else one.own.delete(notice.write);
    announcer.say(one.capability, [notice]);
  }

  function beginWrite(
    endpoint: Endpoint,
    pathValues: readonly string[],
    body: Buffer | undefined,
  ): TrackedWrite {
    const write = String((writesBegun += 1));
    const touched = group(endpoint.writes, kept).map(({ one, declarations }) => ({
      one,
      declarations,
      keys: keysBefore(declarations, pathValues, body),
    }));
    const sayOf = (state: WriteNotice['state'], keysOf: (touch: (typeof touched)[number]) => Keys) => {
      for (const touch of touched) say(touch.one, { write, keys: keysOf(touch), state, at: now() });
    };
    sayOf('intended', ({ keys }) => keys);
    return {
      whenAnnounced: (callback) => (touched.length === 0 ? callback() : announcer.whenSaid(callback)),
      answered: (answer) =>
        sayOf('answered', ({ declarations, keys }) => mergeKeys(keys, keysAfter(declarations, answer))),
      unknown: () =>
        sayOf('unknown', ({ declarations, keys }) => mergeKeys(keys, keysAfter(declarations, undefined))),
      withdrawn: () => sayOf('withdrawn', ({ keys }) => keys),
    };
  }

  const timer = setInterval(beat, beatEvery);
  timer.unref();

  return {
    replicaOf: (capability) => kept.get(capability)?.replica,
    // A gateway that is alone has nobody to listen to; another one speaks as soon as it is connected.
    whenHeard: (callback) =>
      now() - othersHeardAt > aloneAfter ? callback(true) : hearing.whenHeard(callback),
    beginWrite,
    status: (capability) => kept.get(capability)?.replica.status() ?? null,
    connected(nats) {
      announcer.connected(nats);
      hearing.connected(nats);
      for (const { replica } of kept.values()) replica.rejoin();
      subscribe(nats, kept, hear, logger);
      beat();
    },
    cutOff() {
      announcer.cutOff();
      hearing.cutOff();
      for (const { replica } of kept.values()) replica.cutOff();
    },
    close: () => clearInterval(timer),
  };
}

function keep(capability: string, limits: ConsistencyConfig, now: () => number): Kept {
  const writes = trackRecentWrites(limits);
  return {
    capability,
    writes,
    replica: followReplica(limits, writes, now),
    own: new Map(),
    unknownOutcome: limits.unknownOutcome,
  };
}

/** Connections that are subscribed already: a reconnect keeps its subscriptions. */
const subscribed = new WeakSet<NatsConnection>();

function subscribe(
  nats: NatsConnection,
  kept: ReadonlyMap<string, Kept>,
  hear: (message: WrittenKeys) => void,
  logger: Logger,
): void {
  if (subscribed.has(nats)) return;
  subscribed.add(nats);
  for (const [capability, { replica }] of kept) {
    const onInvalid = (problem: string) =>
      logger.warn(
        { capability, problem },
        'a message about freshness could not be read; reads go to the owner meanwhile',
      );
    listenJson(nats, writtenKeysSubject(capability), writtenKeysSchema, hear, onInvalid);
    const applied = ({ writtenAt }: AppliedUpTo) => replica.applied(writtenAt);
    listenJson(nats, appliedUpToSubject(capability, 'service'), appliedUpToSchema, applied, onInvalid);
  }
}

function note(writes: RecentWrites, { write, keys, state, at }: WriteNotice): void {
  if (state === 'intended') writes.intend(write, keys, at);
  else if (state === 'answered') writes.answered(write, keys, at);
  else if (state === 'unknown') writes.unknown(write, keys, at);
  else writes.withdraw(write);
}

function group(declarations: readonly WriteDeclaration[], kept: ReadonlyMap<string, Kept>) {
  const groups = new Map<Kept, WriteDeclaration[]>();
  for (const declaration of declarations) {
    const one = kept.get(declaration.capability);
    if (one) groups.set(one, [...(groups.get(one) ?? []), declaration]);
  }
  return [...groups].map(([one, declarations]) => ({ one, declarations }));
}
