import { guarded } from '#platform/telemetry/guarded.js';
import { bucketTotal, latencyBucket } from '../figures/latency-histogram.js';
import type { ParkingConfig } from '../config/gateway-config.js';

/** Why a write was not let wait, or no longer: `time`, too many (`full`), or its body is `large`, or not kept at all. */
export type GivenUpReason = 'time' | 'full' | 'large';

/** Why, and the setting that says so. */
export interface GivenUp {
  reason: GivenUpReason;
  setting: string;
}

/** A write in the lot. */
export interface Parked {
  readonly capability: string;
  /** Bytes of its body; undefined where it is gone once it is sent. */
  readonly bytes: number | undefined;
  /** It has waited as long as it may. */
  timeIsUp(): void;
}

/** What one capability's writes have waited. */
export interface ParkingFigures {
  now: number;
  total: number;
  /** By `latencyBucket`; of those that were sent in the end. */
  times: Uint32Array;
  /** Sum of these times in milliseconds. */
  totalTime: number;
  givenUp: Record<GivenUpReason, number>;
}

/** Bounds how many writes wait, how long, and what their bodies take. */
export interface ParkingLot {
  /**
   * @param until milliseconds by the steady clock, from `deadline`
   * @param again true for a write that was here before: its place is kept
   * @returns why it can't wait
   */
  enter(one: Parked, until: number, again: boolean): GivenUp | undefined;
  /** Nothing happens if it isn't here. */
  leave(one: Parked): void;
  /** When a write that begins to wait now has waited long enough. */
  deadline(): number;
  /** The setting that ends a wait which was to end then. */
  timeSetting(until: number): string;
  /** A write that had to wait was sent in the end, after so many milliseconds. */
  endedWell(one: Parked, waited: number): void;
  gaveUp(one: Parked, reason: GivenUpReason): void;
  /** From now on nothing waits beyond so many milliseconds from now. */
  endWithin(milliseconds: number): void;
  figures(capability: string): ParkingFigures;
}

/** @param now monotonic milliseconds */
export function openParkingLot(limits: ParkingConfig, now: () => number): ParkingLot {
  const here = new Map<Parked, { until: number; timer: NodeJS.Timeout }>();
  const figures = new Map<string, ParkingFigures>();
  let bytes = 0;
  let end = Number.POSITIVE_INFINITY;

  function of(capability: string): ParkingFigures {
    const known = figures.get(capability);
    if (known) return known;
    const made: ParkingFigures = {
      now: 0,
      total: 0,
      times: new Uint32Array(bucketTotal),
      totalTime: 0,
      givenUp: { time: 0, full: 0, large: 0 },
    };
    figures.set(capability, made);
    return made;
  }

  function whyNot(size: number | undefined, until: number, again: boolean): GivenUp | undefined {
    if (size === undefined || size > limits.body) return { reason: 'large', setting: 'parking.body' };
    if (Math.min(until, end) <= now()) return { reason: 'time', setting: timeSetting(until) };
    if (again) return undefined;
    if (here.size >= limits.writes) return { reason: 'full', setting: 'parking.writes' };
    if (bytes + size > limits.memory) return { reason: 'full', setting: 'parking.memory' };
    return undefined;
  }

  function timeSetting(until: number): string {
    return end <= until ? 'drain.limit' : 'parking.time';
  }

  function leave(one: Parked): void {
    const stay = here.get(one);
    if (!stay) return;
    clearTimeout(stay.timer);
    here.delete(one);
    bytes -= one.bytes ?? 0;
    of(one.capability).now -= 1;
  }

  function callAt(one: Parked, until: number): void {
    clearTimeout(here.get(one)?.timer);
    const timer = setTimeout(
      guarded('the end of a wait', () => one.timeIsUp()),
      Math.max(0, until - now()),
    );
    here.set(one, { until, timer });
  }

  return {
    enter(one, until, again) {
      const why = whyNot(one.bytes, until, again);
      if (why) return why;
      callAt(one, Math.min(until, end));
      bytes += one.bytes ?? 0;
      const counts = of(one.capability);
      counts.now += 1;
      if (!again) counts.total += 1;
      return undefined;
    },
    leave,
    timeSetting,
    deadline: () => Math.min(now() + limits.time, end),
    endedWell({ capability }, waited) {
      const counts = of(capability);
      counts.times[latencyBucket(waited)]! += 1;
      counts.totalTime += waited;
    },
    gaveUp({ capability }, reason) {
      of(capability).givenUp[reason] += 1;
    },
    endWithin(milliseconds) {
      end = now() + milliseconds;
      for (const [one, { until }] of [...here]) if (until > end) callAt(one, end);
    },
    figures: of,
  };
}
