import type {
  AnsweredBy,
  AnswersLately,
  HeldBackReason,
  Percentiles,
  SideFigures,
  TrafficFigures,
} from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { bucketTotal, latencyBucket, percentile } from '../figures/latency-histogram.js';

/** What is counted of one endpoint in some time. */
export interface Counts {
  sides: Record<AnsweredBy, SideCounts>;
  /** Before the side that answered was asked. */
  waits: Durations;
  fallbacks: number;
  heldBack: Record<HeldBackReason, number>;
  /** Requests whose client went away before its answer. */
  aborted: number;
}

export interface SideCounts extends Durations {
  /** By the status's first digit. */
  answers: Uint32Array;
}

export interface Durations {
  /** By `latencyBucket`. */
  latencies: Uint32Array;
  /** Sum of all durations in milliseconds. */
  total: number;
}

/** Counters of all endpoints: since the start, and of the last seconds. */
export interface Traffic {
  /**
   * @param ms that it took whoever answered
   * @param waited milliseconds before a side was asked
   */
  answered(endpoint: number, by: AnsweredBy, status: number, ms: number, waited: number): void;
  aborted(endpoint: number): void;
  fellBack(endpoint: number): void;
  heldBack(endpoint: number, reason: HeldBackReason): void;
  sinceStart(endpoint: number): Counts;
  figuresSinceStart(endpoint: number): TrafficFigures;
  figuresRecently(endpoint: number): TrafficFigures;
  /** Who answered in the last five minutes, or since the start where that is less. */
  answersLately(endpoint: number): AnswersLately;
  close(): void;
}

const recentSeconds = 10;
const lateMinutes = 5;

/** @param now milliseconds by a clock that never goes back */
export function countTraffic(endpoints: number, now: () => number): Traffic {
  const all = Array.from({ length: endpoints }, emptyCounts);
  let slots = Array.from({ length: endpoints }, () => [emptyCounts()]);
  const startedAt = now();
  let ticks = 0;
  /** Totals of each full minute, the oldest first: what came after is what is asked for. */
  let marks = [{ at: startedAt, answers: all.map(answersOf) }];
  function tick(): void {
    ticks += 1;
    if (ticks % 60 === 0) marks = [...marks, { at: now(), answers: all.map(answersOf) }].slice(-lateMinutes);
    slots = slots.map((recent) => [emptyCounts(), ...recent.slice(0, recentSeconds - 1)]);
  }

  const timer = setInterval(guarded('counting traffic', tick), 1_000);
  timer.unref();

  function both(endpoint: number, add: (counts: Counts) => void): void {
    const total = all[endpoint];
    const recent = slots[endpoint]?.[0];
    if (total) add(total);
    if (recent) add(recent);
  }

  return {
    answered(endpoint, by, status, ms, waited) {
      const digit = Math.floor(status / 100);
      const bucket = latencyBucket(ms);
      const waitBucket = latencyBucket(waited);
      both(endpoint, ({ sides, waits }) => {
        sides[by].answers[digit]! += 1;
        addDuration(sides[by], bucket, ms);
        if (by !== 'gateway') addDuration(waits, waitBucket, waited);
      });
    },
    aborted: (endpoint) => both(endpoint, (counts) => (counts.aborted += 1)),
    fellBack: (endpoint) => both(endpoint, (counts) => (counts.fallbacks += 1)),
    heldBack: (endpoint, reason) => both(endpoint, (counts) => (counts.heldBack[reason] += 1)),
    sinceStart: (endpoint) => all[endpoint] ?? emptyCounts(),
    figuresSinceStart: (endpoint) =>
      figures([all[endpoint] ?? emptyCounts()], Math.round((now() - startedAt) / 1000)),
    figuresRecently: (endpoint) => figures(slots[endpoint] ?? [], recentSeconds),
    answersLately(endpoint) {
      const [mark] = marks;
      const before = mark?.answers[endpoint] ?? { monolith: 0, service: 0 };
      const total = answersOf(all[endpoint] ?? emptyCounts());
      return {
        seconds: Math.round((now() - (mark?.at ?? startedAt)) / 1000),
        monolith: total.monolith - before.monolith,
        service: total.service - before.service,
      };
    },
    close: () => clearInterval(timer),
  };
}

function answersOf({ sides }: Counts): Record<Side, number> {
  return { monolith: sum([...sides.monolith.answers]), service: sum([...sides.service.answers]) };
}

function emptyCounts(): Counts {
  return {
    sides: { monolith: emptySide(), service: emptySide(), gateway: emptySide() },
    waits: noDurations(),
    fallbacks: 0,
    heldBack: { written: 0, stale: 0, 'cut-off': 0, waited: 0, absent: 0 },
    aborted: 0,
  };
}

function emptySide(): SideCounts {
  return { answers: new Uint32Array(6), ...noDurations() };
}

function noDurations(): Durations {
  return { latencies: new Uint32Array(bucketTotal), total: 0 };
}

function addDuration(durations: Durations, bucket: number, ms: number): void {
  durations.latencies[bucket]! += 1;
  durations.total += ms;
}

function figures(slots: readonly Counts[], seconds: number): TrafficFigures {
  const monolith = slots.map(({ sides }) => sides.monolith);
  const service = slots.map(({ sides }) => sides.service);
  const gateway = slots.map(({ sides }) => sides.gateway);
  const answeredBy = (side: readonly SideCounts[]) => sum(side.map(({ answers }) => sum([...answers])));
  const byService = answeredBy(service);
  const answered = answeredBy(monolith) + byService;
  return {
    seconds,
    requests: answered + answeredBy(gateway) + sum(slots.map(({ aborted }) => aborted)),
    servicePercent: answered === 0 ? null : Math.round((byService / answered) * 1000) / 10,
    sides: { monolith: sideFigures(monolith), service: sideFigures(service), gateway: sideFigures(gateway) },
    waits: percentiles(slots.map(({ waits }) => waits)),
    fallbacks: sum(slots.map(({ fallbacks }) => fallbacks)),
    heldBack: {
      written: sum(slots.map(({ heldBack }) => heldBack.written)),
      stale: sum(slots.map(({ heldBack }) => heldBack.stale)),
      'cut-off': sum(slots.map(({ heldBack }) => heldBack['cut-off'])),
      waited: sum(slots.map(({ heldBack }) => heldBack.waited)),
      absent: sum(slots.map(({ heldBack }) => heldBack.absent)),
    },
  };
}

function sideFigures(slots: readonly SideCounts[]): SideFigures {
  const answers = (digit: number) => sum(slots.map((slot) => slot.answers[digit] ?? 0));
  return {
    answers: { '2xx': answers(2), '3xx': answers(3), '4xx': answers(4), '5xx': answers(5) },
    ...percentiles(slots),
  };
}

function percentiles(slots: readonly Durations[]): Percentiles {
  const latencies = new Uint32Array(bucketTotal);
  for (const slot of slots) slot.latencies.forEach((count, bucket) => (latencies[bucket]! += count));
  return { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
