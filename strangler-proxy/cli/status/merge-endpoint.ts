import type {
  AnsweredBy,
  AnswersLately,
  EndpointStatus,
  HeldBackReason,
  TrafficFigures,
  WantedShare,
} from '#contracts/strangler/gateway-status.js';
import { largest, sum, type ToldBySome } from './several-gateways.js';

/** What one side, or the gateways alone, answered over all gateways. */
export interface SideView {
  answers: number;
  /** Answers from 500 up. */
  failures: number;
  /** Of the slowest gateway: percentiles of several can't be joined into one. Milliseconds. */
  p50Ms: number | null;
  p99Ms: number | null;
}

/** One endpoint over all gateways. */
export interface EndpointView {
  endpoint: string;
  capability: string | null;
  kind: EndpointStatus['kind'];
  flag: string | null;
  /** What the gateway acts on that heard from Unleash last. */
  wanted: WantedShare;
  /** Gateways that act on something else, by their ids. */
  behind: string[];
  requests: number;
  /** Of all gateways; the seconds of the one that knows least. */
  lately: AnswersLately;
  /** Over the last seconds; `null` where nobody was answered. */
  servicePercent: number | null;
  sides: Record<AnsweredBy, SideView>;
  fallbacks: number;
  heldBack: Record<HeldBackReason, number>;
}

/** @param told by the gateway that heard from Unleash last, then by the others */
export function mergeEndpoint(told: ToldBySome<EndpointStatus>): EndpointView {
  const { endpoint, capability, kind, flag, wanted } = told[0].part;
  const recent = told.map(({ part }) => part.recent);
  const sides = {
    monolith: mergeSide(recent, 'monolith'),
    service: mergeSide(recent, 'service'),
    gateway: mergeSide(recent, 'gateway'),
  };
  const answered = sides.monolith.answers + sides.service.answers;
  return {
    endpoint,
    capability,
    kind,
    flag,
    wanted,
    behind: told.filter(({ part }) => !sameShare(part.wanted, wanted)).map(({ gateway }) => gateway),
    lately: {
      seconds: Math.min(...told.map(({ part }) => part.lately.seconds)),
      monolith: sum(told, ({ part }) => part.lately.monolith),
      service: sum(told, ({ part }) => part.lately.service),
    },
    requests: sum(recent, ({ requests }) => requests),
    servicePercent: answered === 0 ? null : (100 * sides.service.answers) / answered,
    sides,
    fallbacks: sum(recent, ({ fallbacks }) => fallbacks),
    heldBack: {
      written: sum(recent, ({ heldBack }) => heldBack.written),
      stale: sum(recent, ({ heldBack }) => heldBack.stale),
      'cut-off': sum(recent, ({ heldBack }) => heldBack['cut-off']),
      waited: sum(recent, ({ heldBack }) => heldBack.waited),
      absent: sum(recent, ({ heldBack }) => heldBack.absent),
    },
  };
}

function sameShare(one: WantedShare, other: WantedShare): boolean {
  return one.percent === other.percent && one.by === other.by && one.stickiness === other.stickiness;
}

function mergeSide(figures: readonly TrafficFigures[], side: AnsweredBy): SideView {
  const sides = figures.map(({ sides: both }) => both[side]);
  return {
    answers: sum(sides, ({ answers }) => sum(Object.values(answers), Number)),
    failures: sum(sides, ({ answers }) => answers['5xx']),
    p50Ms: largest(sides.map(({ p50Ms }) => p50Ms)),
    p99Ms: largest(sides.map(({ p99Ms }) => p99Ms)),
  };
}
