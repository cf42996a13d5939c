import type { HeldBackReason } from '#contracts/strangler/gateway-status.js';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import { AppError } from '#platform/errors/app-error.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { Decide, RequestView } from './decide.js';
import type { Freshness, Patience, ReplicaReads } from '../freshness/freshness.js';
import type { CapabilityOwners } from '../owners/capability-owners.js';
import type { WatchedOwners } from '../owners/watch-owners.js';
import type { Endpoint } from '../routing/endpoint.js';

/** A read as it is routed. */
export interface ReadToRoute extends RequestView {
  /** Why the flag's side could not answer it. */
  heldBack: HeldBackReason | undefined;
  /** Takes back what it waits for. */
  stopWaiting: (() => void) | undefined;
  send(side: Side): void;
  refuse(error: AppError): void;
}

/** Longest that reads of a capability wait, in milliseconds. */
export interface ReadWaits {
  /** A list for the replica, where another side owns everything; a key for its new owner. */
  listWait: number;
  /** A list for the first side that has everything, where none owns everything. */
  mixedListWait: number;
}

export interface RouteReadOptions {
  endpoints: readonly Endpoint[];
  decide: Decide;
  freshness: Freshness;
  ownersOf: (capability: string) => CapabilityOwners | undefined;
  /** Finds out the home of a bucket, or of all. @returns stops it */
  whenKnown: WatchedOwners['whenKnown'];
  /** As in "Inventory service". */
  titleOf: (capability: string) => string;
  waitsOf: (capability: string) => ReadWaits;
}

/** Where reads go. */
export interface ReadRoutes {
  /**
   * Sends a read to the side that its flag says if that side owns what is read, or its replica holds all that was
   * written; else to the owner.
   */
  route(read: ReadToRoute): void;
  /**
   * Tells whether the monolith may answer, although the service was to.
   * @returns takes the question back
   */
  whenFreshAtMonolith(read: ReadToRoute, answer: (fresh: boolean) => void): () => void;
  /**
   * The side to ask about a key of which the asked one says that there is no such thing: its owner, whose programs create
   * some without a client's write, of which no gateway knows. Undefined where the asked side is the owner, or a list was read.
   */
  ownerElsewhere(read: RequestView, asked: Side): Side | undefined;
}

/** What decides about the reads of one capability. */
interface Place {
  capability: string;
  owners: CapabilityOwners;
  waits: ReadWaits;
  replicas: Record<Side, ReplicaReads>;
}

const nothing = (): void => undefined;
const sides: readonly Side[] = ['monolith', 'service'];

export function routeReads({
  endpoints,
  decide,
  freshness,
  ownersOf,
  whenKnown,
  titleOf,
  waitsOf,
}: RouteReadOptions): ReadRoutes {
  const places = endpoints.map(placeOf);

  function placeOf({ owned, capability }: Endpoint): Place | undefined {
    if (!owned || capability === null) return undefined;
    const owners = ownersOf(capability);
    const monolith = freshness.replicaOf(capability, 'monolith');
    const service = freshness.replicaOf(capability, 'service');
    if (!owners || !monolith || !service) return undefined;
    return { capability, owners, waits: waitsOf(capability), replicas: { monolith, service } };
  }

  function route(read: ReadToRoute): void {
    const wanted = decide(read);
    const place = places[read.endpoint.index];
    if (!place) return read.send(wanted);
    if (place.owners.map.isLeaving('monolith')) return read.send('service');
    freshness.whenHeard((heard) => {
      if (place.owners.ownerOfAll() === wanted) read.send(wanted);
      else if (read.endpoint.keyParameter === -1) routeList(read, wanted, heard, place);
      else routeKey(read, wanted, heard, place);
    });
  }

  function routeKey(read: ReadToRoute, wanted: Side, heard: boolean, place: Place): void {
    const { owners, replicas } = place;
    if (read.key === undefined) return hold(read, 'written', owners.homeOfMost());
    const bucket = owners.bucketOf(read.key);
    if (!owners.isKnown(bucket)) return routeHomeless(read, wanted, heard, place, bucket);
    const { owner, last } = owners.ownerOf(bucket);
    if (owner === undefined && replicas[last].lacks(read.key)) return awaitOwner(read, place, bucket);
    if (last === wanted) return read.send(wanted);
    const reason = heard ? replicas[wanted].whyNot(read.key) : 'cut-off';
    if (reason) hold(read, reason, last);
    else read.send(wanted);
  }

  /**
   * A side whose home is not known may still hold a replica that is fresh. Otherwise the sides are asked who owns the key:
   * what the one that is heard has released may be the other one's by now.
   */
  function routeHomeless(
    read: ReadToRoute,
    wanted: Side,
    heard: boolean,
    place: Place,
    bucket: number,
  ): void {
    const { replicas, capability } = place;
    const reason = heard ? replicas[wanted].whyNot(read.key) : 'cut-off';
    if (!reason) return read.send(wanted);
    const other = otherSide(wanted);
    if (heard && !replicas[other].whyNot(read.key)) return hold(read, reason, other);
    let answered = false;
    const stop = whenKnown(capability, bucket, (known) => {
      answered = true;
      read.stopWaiting = undefined;
      if (known) routeKey(read, wanted, heard, place);
      else read.refuse(unknownOwner(titleOf(capability)));
    });
    if (!answered) read.stopWaiting = stop;
  }

  /**
   * Between two owners, the last one has every write until the next one takes some, of which it may have been told
   * before us. So a key that was written moments ago is read as soon as its owner is known.
   */
  function awaitOwner(read: ReadToRoute, { owners, waits }: Place, bucket: number): void {
    const end = (owner: Side | undefined) => {
      clearTimeout(timer);
      stop();
      read.stopWaiting = undefined;
      if (owner) read.send(owner);
      else hold(read, 'waited', owners.ownerOf(bucket).last);
    };
    const timer = setTimeout(guarded('a wait for an owner', end), waits.listWait, undefined);
    const stop = owners.onChange((buckets) => {
      const { owner } = owners.ownerOf(bucket);
      if (buckets.includes(bucket) && owner) end(owner);
    });
    read.stopWaiting = () => {
      clearTimeout(timer);
      stop();
    };
  }

  /**
   * A list needs what every bucket's owner has: each side lacks what the other one has taken lately. Where a side owns
   * everything, there is no need to wait long for the other one.
   */
  function routeList(read: ReadToRoute, wanted: Side, heard: boolean, place: Place): void {
    const { owners, waits } = place;
    if (!owners.isKnown()) return routeHomelessList(read, wanted, heard, place);
    if (!heard) return hold(read, 'cut-off', owners.homeOfMost());
    const shortly = { wait: waits.listWait, upTo: 'all' } as const;
    read.stopWaiting = whenComplete(wanted, place, shortly, (reason) => {
      if (!reason) return read.send(wanted);
      read.stopWaiting = whenFirstComplete(place, (side) => hold(read, reason, side ?? owners.homeOfMost()));
    });
  }

  /** The same while the home of some bucket is not known: a side that is not shown to have everything is not asked. */
  function routeHomelessList(read: ReadToRoute, wanted: Side, heard: boolean, place: Place): void {
    const { capability } = place;
    const refuse = () => read.refuse(unknownOwner(titleOf(capability)));
    let answered = false;
    const stop = whenKnown(capability, undefined, (known) => {
      answered = true;
      read.stopWaiting = undefined;
      if (known) return routeList(read, wanted, heard, place);
      if (!heard) return refuse();
      read.stopWaiting = whenFirstComplete(place, (side) => {
        if (side === wanted) read.send(side);
        else if (side) hold(read, 'stale', side);
        else refuse();
      });
    });
    if (!answered) read.stopWaiting = stop;
  }

  function whenFreshAtMonolith(read: ReadToRoute, answer: (fresh: boolean) => void): () => void {
    const place = places[read.endpoint.index];
    if (place?.owners.map.isLeaving('monolith')) {
      answer(false);
      return nothing;
    }
    if (place && read.endpoint.keyParameter === -1)
      return whenComplete('monolith', place, { wait: place.waits.listWait, upTo: 'all' }, (reason) =>
        answer(reason === undefined),
      );
    answer(!place || isFreshAtMonolith(read.key, place));
    return nothing;
  }

  function ownerElsewhere({ endpoint, key }: RequestView, asked: Side): Side | undefined {
    const place = places[endpoint.index];
    if (!place || key === undefined || endpoint.keyParameter === -1) return undefined;
    const home = place.owners.homeOf(place.owners.bucketOf(key)) ?? otherSide(asked);
    return home === asked ? undefined : home;
  }

  return { route, whenFreshAtMonolith, ownerElsewhere };
}

function unknownOwner(title: string): AppError {
  return new AppError(
    'unavailable',
    `${title} is unavailable: which side has the latest data of this request is not known yet; try again in a moment`,
    { retryAfter: 1 },
  );
}

function isFreshAtMonolith(key: string | undefined, { owners, replicas }: Place): boolean {
  const home = key === undefined ? 'monolith' : owners.homeOf(owners.bucketOf(key));
  return home === 'monolith' || replicas.monolith.whyNot(key) === undefined;
}

/** Tells once a side holds all that was written before now, or why it is not known to. */
function whenComplete(
  side: Side,
  { owners, replicas }: Place,
  patience: Patience,
  answer: (reason: HeldBackReason | undefined) => void,
): () => void {
  if (owners.ownerOfAll() !== side) return replicas[side].whenCaughtUp(patience, answer);
  answer(undefined);
  return nothing;
}

/**
 * Tells which side holds all that was answered before now first; undefined if none does in time. Where each side owns some, a
 * write whose outcome nobody knows can't be waited for: it may still happen for a minute, and its client knows no more.
 */
function whenFirstComplete(place: Place, answer: (side: Side | undefined) => void): () => void {
  const stops: (() => void)[] = [];
  const stop = () => stops.forEach((one) => one());
  const patience = { wait: place.waits.mixedListWait, upTo: 'answered' } as const;
  let open = sides.length;
  let over = false;
  for (const side of sides) {
    if (over) break;
    const stopOne = whenComplete(side, place, patience, (reason) => {
      open -= 1;
      if (over || (reason && open > 0)) return;
      over = true;
      stop();
      answer(reason ? undefined : side);
    });
    stops.push(stopOne);
  }
  return stop;
}

/** The flag's side can't be shown to be fresh: another one answers, or the same for want of a better one. */
function hold(read: ReadToRoute, reason: HeldBackReason, side: Side): void {
  read.heldBack = reason;
  read.send(side);
}
