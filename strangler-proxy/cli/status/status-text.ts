import type { OwnersStatus, ReplicaStatus } from '#contracts/strangler/gateway-status.js';
import type { AnsweringGateway, Statuses } from '../gateways/read-statuses.js';
import type { Terminal } from '../output/terminal.js';
import { type Cell, plainRow, rightCell, textTable } from '../output/text-table.js';
import { concerns, shortId } from './concerns.js';
import type { CapabilityView, UpstreamView } from './merge-capability.js';
import type { EndpointView, SideView } from './merge-endpoint.js';
import type { MonolithShare } from './monolith-share.js';
import { monolithText } from './monolith-text.js';
import type { MergedStatus } from './merge-statuses.js';

type Colours = Terminal['colours'];

/**
 * The status as a person reads it: endpoints, capabilities, gateways, and what is not as it should be.
 * @param ownership concerns of the control plane @param monolith how much of the monolith is alive
 * @param all also show endpoints that no flag flips and nobody asks for, and capabilities without a service
 */
export function statusText(
  merged: MergedStatus,
  statuses: Statuses,
  { ownership, monolith }: { ownership: readonly string[]; monolith: MonolithShare },
  all: boolean,
  colours: Colours,
): string {
  const shown = merged.endpoints.filter((view) => all || view.flag !== null || view.requests > 0);
  const hidden = merged.endpoints.length - shown.length;
  const parts = [
    endpointTable(shown, colours),
    ...(hidden > 0
      ? [colours.dim(`${hidden} more without a flag and without traffic: --all shows them`)]
      : []),
    '',
    capabilityTable(
      merged.capabilities.filter(({ upstreams }) => all || upstreams.service !== null),
      colours,
    ),
    '',
    monolithText(monolith, colours),
    '',
    ...statuses.answering.map((gateway) => gatewayLine(gateway)),
    ...[...concerns(merged, statuses), ...ownership].map((line) => colours.yellow(`! ${line}`)),
  ];
  return parts.join('\n');
}

function endpointTable(views: readonly EndpointView[], colours: Colours): string {
  const head = [
    'ENDPOINT',
    'FLAG',
    'WANTED',
    'OBSERVED',
    'MONOLITH',
    'P99',
    'SERVICE',
    'P99',
    'GATEWAY',
    'HELD BACK',
    'FALLBACKS',
  ];
  return textTable([heading(head, colours), ...views.map((view) => endpointRow(view, colours))]);
}

function heading(texts: readonly string[], colours: Colours): Cell[] {
  return texts.map((text, at) => ({ text, paint: colours.dim, align: at < 2 ? 'left' : 'right' }));
}

function endpointRow(view: EndpointView, colours: Colours): Cell[] {
  const { monolith, service, gateway } = view.sides;
  const heldBack = Object.values(view.heldBack).reduce((total, count) => total + count, 0);
  return [
    { text: view.endpoint === '*' ? '(everything else)' : view.endpoint },
    { text: view.flag ?? '-' },
    rightCell(wantedText(view)),
    rightCell(percent(view.servicePercent)),
    answers(monolith, colours),
    rightCell(milliseconds(monolith.p99Ms)),
    answers(service, colours),
    rightCell(milliseconds(service.p99Ms)),
    answers(gateway, colours),
    rightCell(count(heldBack)),
    { ...rightCell(count(view.fallbacks)), ...(view.fallbacks > 0 ? { paint: colours.yellow } : {}) },
  ];
}

function wantedText({ flag, wanted }: EndpointView): string {
  if (flag === null) return '-';
  return wanted.percent === null ? 'see below' : percent(wanted.percent);
}

/** Answers in the window, and how many of them were failures. */
function answers({ answers: total, failures }: SideView, colours: Colours): Cell {
  if (failures === 0) return rightCell(count(total));
  return { ...rightCell(`${total} (${failures} failed)`), paint: colours.red };
}

function percent(value: number | null): string {
  return value === null ? '-' : `${Math.round(value * 10) / 10} %`;
}

function milliseconds(value: number | null): string {
  return value === null ? '-' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function count(value: number): string {
  return value === 0 ? '-' : String(value);
}

function capabilityTable(views: readonly CapabilityView[], colours: Colours): string {
  const head = plainRow('CAPABILITY', 'OWNED BY SERVICE', 'REPLICA', 'MONOLITH', 'SERVICE');
  const rows = views.map(({ capability, owners, replica, upstreams }) =>
    plainRow(
      capability,
      ownersText(owners),
      replicaText(replica),
      upstreamText(upstreams.monolith),
      upstreamText(upstreams.service),
    ),
  );
  return textTable([head.map((cell) => ({ ...cell, paint: colours.dim })), ...rows]);
}

function ownersText(owners: OwnersStatus | null): string {
  if (owners === null) return '-';
  const { service, nobody, heard } = owners;
  return `${service} of 100 buckets${nobody > 0 ? `, ${nobody} on their way` : ''}${heard ? '' : ' (last known)'}`;
}

function replicaText(replica: ReplicaStatus | null): string {
  if (replica === null) return '-';
  const lag = replica.lagMs === null ? '' : `, ${Math.round(replica.lagMs)} ms behind`;
  const held = replica.allKeysHeld
    ? ', all keys held'
    : replica.keysHeld > 0
      ? `, ${replica.keysHeld} keys held`
      : '';
  return replica.state + lag + held;
}

function upstreamText(upstream: UpstreamView | null): string {
  if (upstream === null) return '-';
  const { breaker, instances, ejected, queued } = upstream;
  const working = instances - ejected;
  return [
    `breaker ${breaker}`,
    `${working} of ${instances} instances`,
    ...(queued > 0 ? [`${queued} queued`] : []),
  ].join(', ');
}

function gatewayLine({ status }: AnsweringGateway): string {
  return `gateway ${shortId(status.gateway)} at ${status.url}: ${status.ready ? 'ready' : 'not ready'}, flags ${flagsText(status.flags)}, NATS ${status.nats}`;
}

function flagsText({ source, ageMs }: AnsweringGateway['status']['flags']): string {
  if (source === 'none') return 'none: everything goes to the monolith';
  const age = ageMs === null ? '' : ` ${(ageMs / 1000).toFixed(1)} s ago`;
  return source === 'unleash'
    ? `heard from Unleash${age}`
    : `last known, Unleash hasn't been reached${age && ` since${age}`}`;
}
