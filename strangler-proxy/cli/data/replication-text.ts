import { otherSide, type Side } from '#contracts/strangler/move.js';
import { plainRow, textTable } from '../output/text-table.js';
import { durationText } from './duration-text.js';
import type { ReplicationView } from './look-at-replication.js';

/** Who owns what, and how changes flow, in a few lines. */
export function replicationText(view: ReplicationView): string {
  const { capability, owned, betweenOwners, ownership } = view;
  const known = ownership.monolith && ownership.service;
  const between = betweenOwners.length > 0 ? `, ${betweenOwners.length} between two owners` : '';
  const owners = known
    ? `the monolith owns ${owned.monolith} buckets, the service ${owned.service}${between}`
    : 'who owns what is not known, since a sidecar does not answer';
  const lines = (['monolith', 'service'] as const).map((from) =>
    plainRow(`  ${from} -> ${otherSide(from)}`, captureText(view, from), applierText(view, otherSide(from))),
  );
  return `${capability}: ${owners}\n${textTable(lines)}`;
}

function captureText({ sidecars }: ReplicationView, from: Side): string {
  return `capture ${sidecars[from]?.capture.state ?? 'unknown'}`;
}

function applierText({ sidecars, ownership }: ReplicationView, replica: Side): string {
  const applier = sidecars[replica]?.applier;
  if (!applier) return 'applier unknown';
  const { state, lag, backfill } = applier;
  const behind = state === 'applying' && lag !== undefined ? `, ${Math.round(lag)} ms behind` : '';
  if (ownership[replica]?.filled) return `applier ${state}${behind}, replica complete`;
  const current = backfill?.tables.find(({ complete }) => !complete);
  const left = current?.secondsLeft ? `, about ${durationText(current.secondsLeft)} left` : '';
  const far = current ? `: ${current.table} ${current.percent} %${left}` : '';
  return `applier ${state}${behind}, replica not complete${far}`;
}
