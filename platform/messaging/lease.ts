import { setTimeout as sleep } from 'node:timers/promises';
import { type KV, type NatsConnection, NatsError } from 'nats';
import { z } from 'zod';
import { leaseBucketBytes } from '#contracts/strangler/retention.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { explainNatsError } from './explain-nats-error.js';
import { addMissingLimits } from './log-size.js';

/** Who holds a lease. */
export interface LeaseHolder {
  /** Unique to one run of one process. */
  id: string;
  /** Where it is reached. */
  url: string;
}

export interface LeaseOptions {
  nats: NatsConnection;
  /** Key-value bucket of the lease, made when it is missing; all leases in it last equally long. */
  bucket: string;
  name: string;
  holder: LeaseHolder;
  /** Milliseconds after which a lease that is not renewed is free. */
  duration: number;
  /** Told of what keeps the broker from being asked; each time anew. */
  onTrouble: (problem: string) => void;
}

/** A lease that this process holds, or waits for. */
export interface Lease {
  /** Ours for sure, by this machine's own clock: false some time before anybody else can take it. */
  held(): boolean;
  /** Called each time the lease was taken (true) or may be lost (false). @returns stops it */
  onChange(listener: (held: boolean) => void): () => void;
  /** Who holds it, as the broker knows; undefined while nobody does. @throws when the broker can't be asked */
  holder(): Promise<LeaseHolder | undefined>;
  /** Gives it back at once, so that the next one need not wait, and asks for it no more. */
  end(): Promise<void>;
}

const holderSchema = z.object({ id: z.string(), url: z.string() });
/** Part of its duration for which a holder trusts its lease, counted from before it asked. */
const trustedPart = 2 / 3;
/** The broker's code for "somebody else has written since". */
const wrongLastSequence = 10071;

/**
 * Takes a lease as soon as it is free, and keeps it by renewing it: each writing names the revision that it
 * replaces, so of several who try one succeeds. A broker that has lost its store begins anew, and for a moment two may
 * then believe that they hold it: what they write needs a fence of its own.
 */
export function holdLease(options: LeaseOptions): Lease {
  const { nats, bucket, name, holder, duration, onTrouble } = options;
  const ours = JSON.stringify(holder);
  const listeners = new Set<(held: boolean) => void>();
  const ending = new AbortController();
  let store: KV | undefined;
  let revision: number | undefined;
  let trustedUntil = 0;
  let told = false;
  let expiry: NodeJS.Timeout | undefined;

  async function open(): Promise<KV> {
    const jetStream = nats.jetstream({ timeout: Math.max(500, duration / 3) });
    if (store) return store;
    store = await jetStream.views.kv(bucket, { ttl: duration, history: 1, max_bytes: leaseBucketBytes });
    const manager = await jetStream.jetstreamManager();
    // A bucket that an older version has made; where the broker refuses, the lease is held without.
    await addMissingLimits(manager, await manager.streams.info(bucketStream(bucket)), {
      ...{ maxAge: duration, maxBytes: leaseBucketBytes, repetitionWindow: 0, full: 'refused' },
    }).catch(() => undefined);
    return store;
  }

  const held = (): boolean => performance.now() < trustedUntil;

  function tell(): void {
    if (told === held()) return;
    told = held();
    for (const listener of [...listeners]) listener(told);
  }

  function trustFrom(asked: number): void {
    trustedUntil = asked + duration * trustedPart;
    clearTimeout(expiry);
    expiry = setTimeout(
      guarded('the end of a lease', tell),
      Math.max(0, trustedUntil - performance.now()) + 1,
    );
    expiry.unref();
    tell();
  }

  function lose(): void {
    revision = undefined;
    trustedUntil = 0;
    tell();
  }

  async function takeOrRenew(): Promise<void> {
    const asked = performance.now();
    const leases = await open();
    try {
      revision =
        revision === undefined ? await leases.create(name, ours) : await leases.update(name, ours, revision);
      trustFrom(asked);
    } catch (error) {
      if (!isConflict(error)) throw error;
      // Perhaps it was our own writing, whose answer was lost: then it is renewed at once, else it is not ours.
      const entry = await leases.get(name);
      const again = entry?.operation === 'PUT' && read(entry.string())?.id === holder.id;
      if (again && held()) revision = entry.revision;
      else lose();
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await takeOrRenew();
      } catch (error) {
        store = undefined;
        if (!held()) lose();
        onTrouble(explainNatsError(error, `the lease ${name}`).message);
      }
      const pause = duration / (held() ? 4 : 6);
      await sleep(pause, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    held,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async holder() {
      try {
        const entry = await (await open()).get(name);
        return entry?.operation === 'PUT' ? read(entry.string()) : undefined;
      } catch (error) {
        store = undefined;
        throw explainNatsError(error, `a question about the lease ${name}`);
      }
    },
    async end() {
      ending.abort();
      await running;
      const last = revision;
      clearTimeout(expiry);
      lose();
      // A broker that can't be told frees it by itself.
      if (last !== undefined && store) await store.delete(name, { previousSeq: last }).catch(() => undefined);
    },
  };
}

/** The stream that a bucket is made of. */
export function bucketStream(bucket: string): string {
  return `KV_${bucket}`;
}

function isConflict(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.err_code === wrongLastSequence;
}

function read(text: string): LeaseHolder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
