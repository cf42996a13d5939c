import type { Side } from '#contracts/strangler/move.js';
import type { AppError } from '#platform/errors/app-error.js';
import { LimitError } from '../limits/limit-error.js';
import type { CapabilityOwners, Taker } from '../owners/capability-owners.js';
import type { GivenUp, Parked, ParkingLot } from './parking-lot.js';
import type { Waiting, WaitingLine } from './waiting-line.js';

/** What a 421 says: the asked side does not own this bucket, and its row has this epoch. */
export interface NotOwner {
  bucket: number;
  epoch: number;
}

/** What a write needs of its request. */
export interface PlaceableRequest {
  send(side: Side): void;
  refuse(error: AppError): void;
  /** @param limit of a wait that begins now @returns the same, or less: all waits of a request share one deadline */
  mayWaitUntil(limit: number): number;
}

/** What the writes of one capability share. */
export interface PlaceOfWrites {
  readonly capability: string;
  /** As in "Inventory service". */
  readonly title: string;
  /** Undefined where nobody has declared who owns what the write changes. */
  readonly owners: CapabilityOwners | undefined;
  readonly lot: ParkingLot;
  lineOf(bucket: number | undefined): WaitingLine;
  /** Monotonic milliseconds. */
  now(): number;
}

/** One write on its way to the owner of its key: sent there, or waiting until there is one. */
export class PlacedWrite implements Waiting, Parked {
  readonly capability: string;
  readonly arrival: number;
  readonly bytes: number | undefined;
  /** The side that took it, once one did: the news of it goes out, and is learned from, with those of the write. */
  taker: Taker | undefined;
  private readonly request: PlaceableRequest;
  private readonly place: PlaceOfWrites;
  private bucket: number | undefined;
  /** Where it waits, or waited before it was sent. */
  private line: WaitingLine | undefined;
  private asked: Taker | undefined;
  private parkedAt: number | undefined;
  private sentAt = 0;
  /** By the map of owners. */
  private sentAfter = 0;
  private until = 0;

  /**
   * @param bucket of its key; undefined where the key can't be told, or nobody owns it
   * @param arrival lower came first
   * @param bytes of its body; undefined where it can't be sent twice
   */
  constructor(
    request: PlaceableRequest,
    place: PlaceOfWrites,
    bucket: number | undefined,
    arrival: number,
    bytes: number | undefined,
  ) {
    this.request = request;
    this.place = place;
    this.capability = place.capability;
    this.bucket = bucket;
    this.arrival = arrival;
    this.bytes = bytes;
  }

  /** Sends it to the owner; behind those that wait for one, if there are any. */
  begin(): void {
    if (this.bucket === undefined) return this.send('monolith');
    const owner = this.place.owners?.ownerOf(this.bucket).owner;
    if (owner && !this.place.lineOf(this.bucket).busy) this.send(owner);
    else this.park();
  }

  send(side: Side): void {
    this.place.lot.leave(this);
    this.sentAt = this.place.now();
    this.sentAfter = this.place.owners?.map.moment() ?? 0;
    if (this.bucket !== undefined) this.asked = this.place.owners?.ifTakenBy(this.bucket, side);
    this.request.send(side);
  }

  /** The asked side is not the owner, and nothing has happened there: it waits for the owner. */
  refused(by: Side, { bucket, epoch }: NotOwner): void {
    if (bucket !== this.bucket) this.line?.leave(this);
    this.bucket = bucket;
    this.place.owners?.refused(bucket, { side: by, epoch }, this.sentAfter);
    this.park(by);
  }

  /** It was answered otherwise. @param took whether the side must own the key to answer so */
  answered(by: Side, took: boolean): void {
    if (this.parkedAt !== undefined) this.place.lot.endedWell(this, this.sentAt - this.parkedAt);
    if (took) this.taker = this.asked;
    this.line?.settled(this, by);
  }

  /** No answer will come, or nobody waits for it. */
  ended(): void {
    this.place.lot.leave(this);
    this.line?.leave(this);
  }

  timeIsUp(): void {
    this.giveUp({ reason: 'time', setting: this.place.lot.timeSetting(this.until) });
  }

  private park(refusedBy?: Side): void {
    const again = this.parkedAt !== undefined;
    if (!again) {
      this.parkedAt = this.place.now();
      this.until = this.request.mayWaitUntil(this.place.lot.deadline());
    }
    const whyNot = this.place.lot.enter(this, this.until, again);
    if (whyNot) return this.giveUp(whyNot);
    this.line = this.place.lineOf(this.bucket);
    this.line.join(this, refusedBy);
  }

  private giveUp({ reason, setting }: GivenUp): void {
    this.place.lot.gaveUp(this, reason);
    this.ended();
    this.request.refuse(
      new LimitError(
        setting,
        'unavailable',
        `${this.place.title} is unavailable: what this request writes is being handed over; try again in a moment`,
        { retryAfter: 1 },
      ),
    );
  }
}
