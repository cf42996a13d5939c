import type { BucketOwner } from '#contracts/strangler/ownership.js';
import type { OutgoingRequest } from '../forward/forward.js';
import type { WatchedOwners } from '../owners/watch-owners.js';
import type { Endpoint } from '../routing/endpoint.js';
import type { ParkingLot } from './parking-lot.js';
import { type PlaceableRequest, PlacedWrite, type PlaceOfWrites } from './placed-write.js';
import { createWaitingLine, type WaitingLine } from './waiting-line.js';

/** A request as it is placed. */
export interface RequestToPlace extends PlaceableRequest {
  endpoint: Endpoint;
  /** Undefined where it can't be told. */
  key: string | undefined;
  outgoing: OutgoingRequest;
}

/** Makes a write that knows where it belongs. */
export type PlaceWrite = (request: RequestToPlace) => PlacedWrite;

export interface PlaceOptions {
  owners: WatchedOwners;
  lot: ParkingLot;
  titleOf: (capability: string | null) => string;
  /** Monotonic milliseconds. */
  now: () => number;
}

/** Milliseconds between two attempts to find an owner by asking: while news of owners arrive, and while they don't. */
const scoutEvery = { hearing: 250, blind: 75 };

/** Where nothing says who owns what: the monolith, that may have to wait for somebody itself. */
const unknownOwner: BucketOwner = { owner: undefined, last: 'service', epoch: 0 };

export function placeWrites({ owners, lot, titleOf, now }: PlaceOptions): PlaceWrite {
  const places = new Map<string | null, PlaceOfWrites>();
  let arrivals = 0;

  function placeOf({ capability, owned }: Endpoint): PlaceOfWrites {
    const known = places.get(capability);
    if (known) return known;
    const made = owned && capability !== null ? ownedPlace(capability) : freePlace(capability);
    places.set(capability, made);
    return made;
  }

  function ownedPlace(capability: string): PlaceOfWrites {
    const own = owners.of(capability);
    const lines: (WaitingLine | undefined)[] = [];
    own?.onChange((buckets) => {
      for (const bucket of buckets) lines[bucket]?.ownerChanged();
    });
    const pause = () => (owners.hears(capability) ? scoutEvery.hearing : scoutEvery.blind);
    return {
      ...{ capability, owners: own, lot, now, title: titleOf(capability) },
      lineOf: (bucket = 0) =>
        (lines[bucket] ??= createWaitingLine(() => own?.ownerOf(bucket) ?? unknownOwner, pause)),
    };
  }

  /** Their writes don't share an owner, so they don't wait for each other. */
  function freePlace(capability: string | null): PlaceOfWrites {
    return {
      ...{ capability: capability ?? '', owners: undefined, lot, now, title: titleOf(capability) },
      lineOf: () =>
        createWaitingLine(
          () => unknownOwner,
          () => scoutEvery.blind,
        ),
    };
  }

  return (request) => {
    const { endpoint, key, outgoing } = request;
    const place = placeOf(endpoint);
    const bucket = key === undefined ? undefined : place.owners?.bucketOf(key);
    const { body } = outgoing;
    const bytes = body === null ? 0 : Buffer.isBuffer(body) ? body.length : undefined;
    return new PlacedWrite(request, place, bucket, (arrivals += 1), bytes);
  };
}
