import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ownershipGroup } from '#platform/ownership/bucket-of-key.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { FlagDefinition } from '../../gateway/flags/compile-flag.js';
import { type OwnerFlag, readOwnerFlag } from './read-owner-flag.js';

/** The flags of ownership as Unleash told them last. */
export interface OwnerFlags {
  of(capability: string): OwnerFlag;
  /** Looks at short intervals for the next seconds: somebody has just changed one. */
  lookOften(): void;
  /** @returns stops it */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface UnleashClient {
  url: string;
  /** A client token: it says whose environment is read. */
  token: string;
}

const answerSchema = z.object({
  features: z.array(
    z.object({
      name: z.string(),
      enabled: z.boolean(),
      strategies: z
        .array(
          z.object({
            name: z.string(),
            parameters: z.record(z.string(), z.unknown()).optional(),
            constraints: z.array(z.unknown()).optional(),
            segments: z.array(z.unknown()).optional(),
            variants: z.array(z.unknown()).optional(),
          }),
        )
        .optional(),
      variants: z.array(z.unknown()).optional(),
      dependencies: z.array(z.unknown()).optional(),
    }),
  ),
});

/** Milliseconds: between two looks, for how long and how often after a change, and longest wait for an answer. */
const often = { every: 150, lasting: 5_000 };
const answerTimeout = 3_000;

/**
 * Polls Unleash's client API; an answer that has not changed costs Unleash next to nothing. While Unleash is away, what it told last stands.
 * @param every milliseconds between two looks
 */
export function watchOwnerFlags(
  unleash: UnleashClient,
  every: number,
  onTrouble: (error: unknown) => void,
): OwnerFlags {
  const listeners = new Set<() => void>();
  const ending = new AbortController();
  let waiting = new AbortController();
  let flags: Map<string, FlagDefinition> | undefined;
  let trouble = 'Unleash has not been asked yet';
  let tag = '';
  let oftenUntil = 0;

  async function look(): Promise<void> {
    const base = unleash.url.endsWith('/') ? unleash.url : `${unleash.url}/`;
    const response = await fetch(new URL('api/client/features', base), {
      headers: { authorization: unleash.token, ...(tag && { 'if-none-match': tag }) },
      signal: AbortSignal.any([ending.signal, AbortSignal.timeout(answerTimeout)]),
    });
    if (response.status === 304) return;
    if (!response.ok) throw new Error(`Unleash at ${unleash.url} answers ${response.status}`);
    const { features } = answerSchema.parse(await response.json());
    tag = response.headers.get('etag') ?? '';
    flags = new Map(features.map((flag) => [flag.name, flag as FlagDefinition]));
    for (const listener of listeners) listener();
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await look().catch((error: unknown) => {
        trouble = `Unleash can't be asked for flags: ${messageOf(error)}`;
        if (!ending.signal.aborted) onTrouble(error);
      });
      const pause = performance.now() < oftenUntil ? often.every : every;
      const signal = AbortSignal.any([ending.signal, waiting.signal]);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    of(capability) {
      if (!flags) return { kind: 'unknown', reason: trouble };
      const name = ownershipGroup(capability);
      return readOwnerFlag(name, flags.get(name));
    },
    lookOften() {
      oftenUntil = performance.now() + often.lasting;
      waiting.abort();
      waiting = new AbortController();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      ending.abort();
      await running;
    },
  };
}
