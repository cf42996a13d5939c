import { setTimeout as sleep } from 'node:timers/promises';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import type { WireValue } from '#contracts/strangler/row-values.js';
import type { RowDifference } from '#contracts/strangler/verify.js';
import { type Asker, askOwners, lastOwner } from './ask-side.js';
import { compareDirectly } from './compare-directly.js';
import { mostKeys, sendKeys } from './send-keys.js';

/** A key whose rows were not alike, read at two moments. */
export interface Suspect {
  key: WireValue[];
  bucket: number;
}

export interface Confirmed {
  differences: (RowDifference & { owner: Side })[];
  unconfirmed: (Suspect & { why: string })[];
  /** Why asking for further rows is of no use now; null while it is. */
  stalled: string | null;
}

export interface ConfirmOptions {
  /** As the service names it. */
  table: string;
  /** Only compare; otherwise what differs is mended. */
  check: boolean;
  /** Longest wait for a replica, in milliseconds. */
  patience: number;
  signal?: AbortSignal | undefined;
}

/** Times that a key is asked for whose bucket moves, or whose rows are lost on the way. */
const attempts = 5;
/** Times that a replica may be late, as it is when its sidecar is killed on the way. */
const mostLate = 2;
/** Between two attempts, in milliseconds: a hand-over of a bucket takes less. */
const betweenAttempts = 300;

/**
 * Settles of each suspect whether it differs: its owner's row goes through the stream to the replica, which compares when
 * it is at exactly that place of the owner's log. What is merely under way is equal then, and what differs is different.
 */
export async function confirmDifferences(
  asker: Asker,
  suspects: readonly Suspect[],
  options: ConfirmOptions,
): Promise<Confirmed> {
  const differences: Confirmed['differences'] = [];
  let open: (Suspect & { why: string })[] = suspects.map((suspect) => ({ ...suspect, why: '' }));
  let [late, stalled]: [number, string | null] = [0, null];
  for (let attempt = 1; attempt <= attempts && open.length > 0 && stalled === null; attempt++) {
    options.signal?.throwIfAborted();
    if (attempt > 1) await sleep(betweenAttempts);
    const left: typeof open = [];
    const said = await askOwners(asker);
    for (const [from, group] of byOwner(said, open)) {
      if (said[otherSide(from)].wentBack && options.check) {
        differences.push(
          ...(await compareDirectly(
            asker,
            from,
            options.table,
            group.map(({ key }) => key),
          )),
        );
        continue;
      }
      const settled = await settle(asker, from, group, options);
      differences.push(...settled.differences);
      left.push(...settled.unconfirmed);
      if (settled.stalled !== null) late += 1;
      if (late === mostLate) stalled = settled.stalled;
    }
    open = left;
  }
  return { differences, unconfirmed: open, stalled };
}

/** A bucket between two owners belongs, for reading, to the last one. */
function byOwner<Kind extends Suspect>(
  said: Awaited<ReturnType<typeof askOwners>>,
  suspects: readonly Kind[],
): Map<Side, Kind[]> {
  const groups = new Map<Side, Kind[]>();
  for (const suspect of suspects) {
    const last = lastOwner(said, suspect.bucket);
    groups.set(last, [...(groups.get(last) ?? []), suspect]);
  }
  return groups;
}

async function settle(
  asker: Asker,
  from: Side,
  suspects: readonly Suspect[],
  { table, check, patience, signal }: ConfirmOptions,
): Promise<Confirmed> {
  const settled: Confirmed = { differences: [], unconfirmed: [], stalled: null };
  let rest = [...suspects];
  while (rest.length > 0) {
    signal?.throwIfAborted();
    const some = rest.slice(0, mostKeys);
    const outcome = await sendKeys(asker, { from, table, keys: some.map(({ key }) => key), check }, patience);
    if ('problem' in outcome) {
      // Whoever does not answer for these does not answer for the others.
      if (outcome.late) settled.stalled = outcome.problem;
      settled.unconfirmed.push(...rest.map((suspect) => ({ ...suspect, why: outcome.problem })));
      break;
    }
    const undecided = new Set(outcome.report.undecided.map((key) => JSON.stringify(key)));
    const why = `its bucket was moving, or is not the ${from}'s any more, as the ${otherSide(from)} sees it`;
    for (const suspect of some.slice(0, outcome.taken))
      if (undecided.has(JSON.stringify(suspect.key))) settled.unconfirmed.push({ ...suspect, why });
    settled.differences.push(...outcome.report.differences.map((one) => ({ ...one, owner: from })));
    rest = rest.slice(outcome.taken);
  }
  return settled;
}
