import type { CompletionLook } from '#contracts/strangler/completion.js';
import type { CapabilityView } from './merge-capability.js';
import type { EndpointView } from './merge-endpoint.js';
import type { MergedStatus } from './merge-statuses.js';

/** Requests that each side has answered. */
export interface Answered {
  monolith: number;
  service: number;
}

/** What of one capability is still the monolith's. Null stands for what nobody could be asked. */
export interface CapabilityShare {
  capability: string;
  endpoints: { total: number; monolith: number };
  buckets: { monolith: number; service: number; nobody: number } | null;
  reads: Answered;
  writes: Answered;
  /** Of the monolith; null, too, where no sidecar answers for any. */
  tables: { alive: number; retired: number } | null;
  completion: string | null;
}

/** How much of the monolith is still alive. */
export interface MonolithShare {
  capabilities: CapabilityShare[];
  endpoints: { total: number; monolith: number };
  /** Capabilities of which the monolith owns something; null where that is not known of all. */
  owned: { total: number; monolith: number | null };
  /** Percent of the requests of the last minutes that the monolith answered; null without any. */
  trafficPercent: number | null;
  /** Over how long, in seconds. */
  seconds: number;
}

/**
 * @param looks what the control plane tells, by capability; undefined where it can't be asked
 */
export function monolithShare(
  merged: MergedStatus,
  looks: ReadonlyMap<string, CompletionLook> | undefined,
): MonolithShare {
  const known = new Map(merged.capabilities.map((view) => [view.capability, view]));
  const named = merged.endpoints.filter(({ endpoint }) => endpoint !== '*');
  const names = [...new Set(named.flatMap(({ capability }) => capability ?? []))];
  const capabilities = names.map((name) =>
    shareOf(
      name,
      named.filter(({ capability }) => capability === name),
      known.get(name),
      looks?.get(name),
    ),
  );
  const without = named.filter(({ capability }) => capability === null).length;
  const lately = merged.endpoints.map((view) => view.lately);
  const monolith = total(lately.map((one) => one.monolith));
  const all = monolith + total(lately.map((one) => one.service));
  const owners = names.map((name) => ownedByMonolith(known.get(name)));
  return {
    capabilities,
    endpoints: {
      total: named.length,
      monolith: without + total(capabilities.map(({ endpoints }) => endpoints.monolith)),
    },
    owned: {
      total: names.length,
      monolith: owners.includes(null) ? null : owners.filter(Boolean).length,
    },
    trafficPercent: all === 0 ? null : (100 * monolith) / all,
    seconds: Math.min(...lately.map(({ seconds }) => seconds)),
  };
}

function shareOf(
  capability: string,
  endpoints: readonly EndpointView[],
  view: CapabilityView | undefined,
  look: CompletionLook | undefined,
): CapabilityShare {
  const owners = view?.owners ?? null;
  const tables = look?.monolith?.tables;
  const answered = (kind: EndpointView['kind']): Answered => {
    const those = endpoints.filter((one) => one.kind === kind).map(({ lately }) => lately);
    return {
      monolith: total(those.map(({ monolith }) => monolith)),
      service: total(those.map(({ service }) => service)),
    };
  };
  return {
    capability,
    endpoints: {
      total: endpoints.length,
      monolith: endpoints.filter((one) => answeredByMonolith(one, view)).length,
    },
    buckets: owners && owners.heard ? { ...withoutHeard(owners) } : null,
    reads: answered('read'),
    writes: answered('write'),
    tables: tables
      ? {
          alive: tables.filter(({ state }) => state === 'alive').length,
          retired: tables.filter(({ state }) => state !== 'alive').length,
        }
      : null,
    completion: look?.completion?.state ?? null,
  };
}

function withoutHeard({ monolith, service, nobody }: NonNullable<CapabilityView['owners']>) {
  return { monolith, service, nobody };
}

/** As flags and owners have it now, whether or not somebody asks: a read that is not wholly flipped, a write whose keys are not all the service's. */
function answeredByMonolith({ kind, flag, wanted }: EndpointView, view: CapabilityView | undefined): boolean {
  if (view?.monolithLeaves) return false;
  if (view === undefined || view.upstreams.service === null) return true;
  if (kind === 'read' || flag !== null) return flag === null || wanted.percent !== 100;
  return view.owners === null || view.owners.service < 100;
}

/** @returns null where the owners are not known for certain */
function ownedByMonolith(view: CapabilityView | undefined): boolean | null {
  if (!view || view.upstreams.service === null || view.owners === null) return true;
  return view.owners.heard ? view.owners.service < 100 : null;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
