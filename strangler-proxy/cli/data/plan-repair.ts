import { otherSide, type Side } from '#contracts/strangler/move.js';
import { type ReplicationView, replicasOf } from './look-at-replication.js';

/** Something that keeps a replica from being what its owner is. */
export interface Trouble {
  /** What is wrong, and with what. */
  what: string;
  /** What a person has to do, or what the step does. */
  mend: string;
  /** What can be done by machine; null where a person has to decide. */
  step: Step | null;
}

export type Step =
  /** The capture sends again what comes after the replica's place. */
  | { kind: 'rewind'; replica: Side }
  /** The replica gives up its place, and is filled anew. */
  | { kind: 'new-chain'; replica: Side };

/** The log can't be followed from the replica's place any more, which filling the replica anew mends. */
const placeIsLost = new Set(['position_unavailable', 'unsupported_change', 'foreign_id']);

/** What is wrong with the way of changes between the sides, and what to do about it. Pure: asks nobody. */
export function planRepair(view: ReplicationView): Trouble[] {
  const { capability, sidecars, ownership, betweenOwners } = view;
  const silent = (['monolith', 'service'] as const).filter((side) => !sidecars[side] || !ownership[side]);
  if (silent.length > 0) return silent.map((side) => silentSidecar(capability, side));
  return [
    ...(['monolith', 'service'] as const).flatMap((from) => {
      const troubles = troublesFrom(view, from);
      return troubles.length > 0 ? troubles : unfilled(view, otherSide(from));
    }),
    ...(betweenOwners.length === 0 ? [] : [halfDone(capability, betweenOwners)]),
  ];
}

/** A replica that nobody needs may be filled whenever it likes. */
function unfilled(view: ReplicationView, replica: Side): Trouble[] {
  if (view.ownership[replica]?.filled || !replicasOf(view).includes(replica)) return [];
  return [
    {
      what: `the replica on the ${replica} is not complete yet: nothing is read from it, and no bucket is handed over to it`,
      mend:
        view.sidecars[replica]?.applier.backfill?.problem ??
        'wait: its backfill goes on by itself, see above how far it is',
      step: null,
    },
  ];
}

function silentSidecar(capability: string, side: Side): Trouble {
  return {
    what: `the sidecar beside the ${side} does not answer for ${capability}`,
    mend:
      'is it running, and does it reach its database and NATS? "npx strangler ps" shows processes; its log says what it waits for. ' +
      'Nothing can be repaired without it',
    step: null,
  };
}

/** Of the way that begins at this side. */
function troublesFrom({ capability, sidecars }: ReplicationView, from: Side): Trouble[] {
  const replica = otherSide(from);
  const [capture, applier] = [sidecars[from]?.capture, sidecars[replica]?.applier];
  if (!capture || !applier) return [];
  // Of a capability that was completed nothing is replicated any more.
  if (capture.state === 'ended' || applier.state === 'ended') return [];
  if (capture.state === 'stopped') return [stoppedCapture(capability, from, capture)];
  if (applier.state === 'stopped') return [stoppedApplier(capability, replica, applier)];
  if (capture.state !== 'reading') return [notYet(`the capture on the ${from}`, capture)];
  if (applier.state === 'applying') return [];
  if (applier.state !== 'waiting') return [notYet(`the applier on the ${replica}`, applier)];
  return [
    {
      what: `the replica on the ${replica} hears nothing${applier.message ? `: ${applier.message}` : ''}`,
      mend: `have the capture on the ${from} send again what comes after the replica's place: the stream may have been lost`,
      step: { kind: 'rewind', replica },
    },
  ];
}

function notYet(who: string, { state, message }: { state: string; message?: string | undefined }): Trouble {
  return {
    what: `${who} is ${state}${message ? `: ${message}` : ''}`,
    mend: 'it goes on by itself as soon as it can; when this stays, look at the log of its sidecar',
    step: null,
  };
}

function stoppedCapture(
  capability: string,
  from: Side,
  { code = '', message = '' }: { code?: string | undefined; message?: string | undefined },
): Trouble {
  const replica = otherSide(from);
  const what = `the capture on the ${from} is stopped (${code}): ${message}`;
  if (placeIsLost.has(code))
    return {
      what,
      mend: `give up the place of the replica on the ${replica}, and fill it anew; until that is done nothing is read from it, and no bucket is handed over to it`,
      step: { kind: 'new-chain', replica },
    };
  if (code === 'other_origin')
    return {
      what,
      mend:
        `the ${from}'s database is not the one that the replica on the ${replica} was filled from. Was it restored or replaced? Then make sure ` +
        `that it has every write, and say: npx strangler data backfill ${capability} --to ${replica} --new-chain`,
      step: null,
    };
  if (code === 'source_went_back')
    return {
      what,
      mend:
        `the replica on the ${replica} may have newer rows than the ${from} itself. "npx strangler data verify ${capability}" lists the rows that differ: ` +
        `bring back at the ${from} what has to be there, and say: npx strangler data backfill ${capability} --to ${replica} --new-chain. ` +
        `Then "npx strangler resume ${capability}" lets hand-overs go on`,
      step: null,
    };
  return { what, mend: 'mend that: it goes on by itself some seconds later', step: null };
}

type Applier = NonNullable<ReplicationView['sidecars'][Side]>['applier'];

function stoppedApplier(capability: string, replica: Side, { failure, message = '' }: Applier): Trouble {
  if (!failure)
    return {
      what: `the applier on the ${replica} is stopped: ${message}`,
      mend: 'its log says more',
      step: null,
    };
  const row = failure.row ? ` The row: ${JSON.stringify(failure.row)}` : '';
  return {
    what: `the applier on the ${replica} is stopped (${failure.code}): ${failure.message}.${row}`,
    mend: personsPart(failure.code, capability, replica),
    step: null,
  };
}

function personsPart(code: string, capability: string, replica: Side): string {
  const again = 'the applier tries again every few seconds, and has skipped nothing';
  if (code === 'row_refused')
    return `let the replica's table take this row (a constraint, a column that is too small, a missing column): ${again}`;
  if (code === 'row_not_mapped')
    return 'teach the move in migrations/moves to map this row, or correct the row at its owner, and restart the sidecars: nothing was skipped';
  if (code === 'key_order_differs')
    return `give the keys of both tables the same types and collations: ${again}`;
  if (code === 'two_owners')
    return (
      `decide which side is right, as it says. If the ${otherSide(replica)} was only written to by hand, and what was written there is of no use, let the ` +
      `${replica} drop what waits in the stream: npx strangler data backfill ${capability} --to ${replica} --new-chain`
    );
  return `mend what it says: ${again}`;
}

function halfDone(capability: string, buckets: readonly number[]): Trouble {
  return {
    what: `${buckets.length} of 100 buckets are between two owners: ${buckets.join(', ')}. Writes to their keys wait, and are refused after some seconds`,
    mend:
      `a hand-over is under way; when this stays for more than some seconds, its control plane is away or stopped: ` +
      `"npx strangler owner ${capability}" shows the hand-over, "npx strangler resume ${capability}" goes on, "npx strangler rollback ${capability}" goes back`,
    step: null,
  };
}
