import { setTimeout as pause } from 'node:timers/promises';
import { type AppliedUpTo, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import { type Side, otherSide } from '#contracts/strangler/move.js';
import {
  bucketCount,
  type BucketRow,
  type OwnershipAnswer,
  ownersPath,
  ownershipSubject,
  ownersSubject,
} from '#contracts/strangler/ownership.js';
import { answerJson, type NatsConnection, publishJson } from '#platform/messaging/exchange-json.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { z } from 'zod';
import { bodyOf, startUpstream, type Upstream } from './upstream.js';

/** One committed write. */
export interface Commit {
  key: string;
  value: string;
  side: Side;
}

/** Two programs that each own buckets of numbers by key, and the replication of both to the other. */
export interface OwnedStock {
  programs: Record<Side, Upstream>;
  /** All that was committed, in order, on both sides. */
  commits: readonly Commit[];
  /** Takes buckets from a side; their token travels to the other one behind all that was written. */
  release(side: Side, buckets: readonly number[]): void;
  /** Releases, and waits until the other side owns them. */
  move(side: Side, buckets: readonly number[]): Promise<void>;
  ownerOf(key: string): Side | undefined;
  bucketOf(key: string): number;
  /** What a program does behind its answers: no gateway hears of it. */
  create(side: Side, key: string, value: string): void;
  /** What a side's sidecar would say of its rows; of all where no buckets are named. */
  say(side: Side, buckets?: readonly number[]): void;
  /** Milliseconds from commit to replica. */
  setLag(lag: number): void;
  /** Stops and starts what both sidecars do: replication and its announcements. */
  replicate(on: boolean): void;
  /** Whether sidecars tell of changes as they happen, and of all rows now and then. */
  announce(on: boolean): void;
  /** Stops and starts what one side's sidecar says and answers. */
  silence(side: Side, silent: boolean): void;
  /** Whether the programs say who owns what; `ignorant` ones have never heard of ownership. */
  askable(programs: boolean | 'ignorant'): void;
  /** Answers to come are held back by so many milliseconds. */
  slowDown(milliseconds: number): void;
  end(): Promise<void>;
}

interface SideState {
  rows: BucketRow[];
  data: Map<string, string>;
  log: { at: number; apply: (to: SideState) => void }[];
}

const sides = ['monolith', 'service'] as const;
export const allBuckets = Array.from({ length: bucketCount }, (_, index) => index + 1);

/**
 * `PUT /stock/{key}` sets a value on the side that owns the key, `POST /stock` one for a key that the gateway makes, `GET`
 * reads it, `GET /stock` lists all; a side that doesn't own the key answers 421, and 404 where it has never heard of one that is read. The monolith owns everything at first.
 */
export async function startOwnedStock(nats: NatsConnection, capability: string): Promise<OwnedStock> {
  const state: Record<Side, SideState> = {
    monolith: emptySide('owned', 1),
    service: emptySide('released', 0),
  };
  const commits: Commit[] = [];
  let lag = 50;
  let replicating = true;
  let announcing = true;
  let slow = 0;
  let askable: boolean | 'ignorant' = true;
  const silent = new Set<Side>();
  const bucketOf = (key: string) => bucketOfKey(capability, key);

  function say(side: Side, buckets: readonly number[] = allBuckets): void {
    if (silent.has(side)) return;
    const rows = buckets.map((bucket) => rowOf(state[side], bucket));
    publishJson(nats, ownersSubject(capability, side), { capability, side, rows });
  }

  async function program(side: Side): Promise<Upstream> {
    return startUpstream(async (incoming, response) => {
      if (incoming.url === ownersPath(capability)) {
        response.statusCode = askable === true ? 200 : askable === 'ignorant' ? 404 : 503;
        return void response.end(JSON.stringify({ capability, side, rows: state[side].rows }));
      }
      const assigned = incoming.headers['x-strangler-id'];
      const key = decodeURIComponent((incoming.url ?? '').split('/')[2] ?? String(assigned ?? ''));
      const body = await bodyOf(incoming);
      if (slow > 0) await pause(slow);
      const { data } = state[side];
      if (incoming.method === 'GET' && key) {
        if (!data.has(key)) response.statusCode = 404;
        return void response.end(data.get(key));
      }
      if (incoming.method === 'GET') return void response.end(JSON.stringify(Object.fromEntries(data)));
      const row = rowOf(state[side], bucketOf(key));
      if (body.startsWith('about another'))
        return void response.writeHead(201).end('{"key":"one that this side owns"}');
      if (row.state === 'released') {
        const headers = { 'x-strangler-bucket': String(row.bucket), 'x-strangler-epoch': String(row.epoch) };
        return void response.writeHead(421, headers).end('{"code":"not_owner"}');
      }
      if (body.startsWith('accept')) response.statusCode = 202;
      if (body.startsWith('refuse')) return void response.writeHead(409).end('refused');
      commit(side, key, body);
      response.end(body);
    });
  }

  function commit(side: Side, key: string, value: string): void {
    state[side].data.set(key, value);
    commits.push({ key, value, side });
    state[side].log.push({ at: Date.now(), apply: (to) => void to.data.set(key, value) });
  }

  function release(side: Side, buckets: readonly number[]): void {
    for (const bucket of buckets) {
      const row = rowOf(state[side], bucket);
      if (row.state === 'released') throw new Error(`${side} does not own bucket ${bucket}`);
      row.state = 'released';
      row.epoch += 1;
      const token = row.epoch;
      state[side].log.push({
        at: Date.now(),
        apply(to) {
          Object.assign(rowOf(to, bucket), { state: 'owned', epoch: token });
          if (announcing) say(otherSide(side), [bucket]);
        },
      });
    }
    if (announcing) say(side, buckets);
  }

  function replicate(): void {
    if (!replicating) return;
    const writtenAt = Date.now() - lag;
    for (const from of sides) {
      const to = otherSide(from);
      const due = state[from].log.filter(({ at }) => at <= writtenAt);
      state[from].log = state[from].log.filter(({ at }) => at > writtenAt);
      for (const { apply } of due) apply(state[to]);
      const said: AppliedUpTo = { capability, side: to, writtenAt, appliedAt: Date.now() };
      if (!silent.has(to)) publishJson(nats, appliedUpToSubject(capability, to), said);
    }
  }

  const beat = setInterval(replicate, 20);
  const repeat = setInterval(() => announcing && sides.forEach((side) => say(side)), 1_000);
  const stops = sides.map((side) =>
    answerJson(
      nats,
      ownershipSubject('rows', capability, side),
      z.object({}),
      () =>
        silent.has(side)
          ? Promise.reject(new Error('silent'))
          : Promise.resolve(answerOf(capability, side, state[side])),
      (error) => {
        if (!silent.has(side)) throw error;
      },
    ),
  );
  const programs = { monolith: await program('monolith'), service: await program('service') };

  return {
    programs,
    commits,
    release,
    async move(side, buckets) {
      release(side, buckets);
      const last = buckets.at(-1) ?? 1;
      while (rowOf(state[otherSide(side)], last).state !== 'owned') await pause(5);
    },
    ownerOf: (key) => sides.find((side) => rowOf(state[side], bucketOf(key)).state === 'owned'),
    bucketOf,
    create: commit,
    say,
    setLag: (milliseconds) => (lag = milliseconds),
    replicate: (on) => (replicating = on),
    announce: (on) => (announcing = on),
    silence: (side, on) => void (on ? silent.add(side) : silent.delete(side)),
    askable: (programs) => (askable = programs),
    slowDown: (milliseconds) => (slow = milliseconds),
    async end() {
      clearInterval(beat);
      clearInterval(repeat);
      for (const stop of stops) stop();
      await Promise.all(sides.map((side) => programs[side].kill()));
    },
  };
}

function emptySide(rowState: BucketRow['state'], epoch: number): SideState {
  return {
    rows: allBuckets.map((bucket) => ({ bucket, state: rowState, epoch })),
    data: new Map(),
    log: [],
  };
}

function rowOf({ rows }: SideState, bucket: number): BucketRow {
  const row = rows[bucket - 1];
  if (!row) throw new Error(`there is no bucket ${bucket}`);
  return row;
}

function answerOf(capability: string, side: Side, { rows }: SideState): OwnershipAnswer {
  return { capability, side, rows: rows.map((row) => ({ ...row, vetoed: 0 })), filled: true, undurable: [] };
}
