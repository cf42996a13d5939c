import { guarded } from '#platform/telemetry/guarded.js';
import type { Absence } from '../forward/absence.js';
import type { Parked, ParkingLot } from './parking-lot.js';

/** Milliseconds before a request is sent again: short beside a restart, and growing with each time. */
const firstPause = 100;
const longestPause = 1_000;
/** Milliseconds after which one whose pause is over looks whether it is its turn to try. */
const lookEvery = 100;
/** How often it is sent before its pause is over, since the upstream is back: what comes and goes is not asked without end. */
const mostSooner = 3;

/** A request that waits for an upstream which went away a moment ago, and is sent again once that is back. */
export class WaitForReturn implements Parked {
  readonly capability: string;
  readonly bytes: number | undefined;
  private readonly lot: ParkingLot;
  private readonly again: () => void;
  private readonly giveUp: () => void;
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private waits = false;
  private came = false;
  private pause = firstPause;
  private sooner = 0;

  /**
   * @param bytes of its body; undefined where it can't be sent twice
   * @param again sends it
   * @param giveUp answers it, since it has waited long enough
   */
  constructor(
    lot: ParkingLot,
    capability: string,
    bytes: number | undefined,
    again: () => void,
    giveUp: () => void,
  ) {
    this.lot = lot;
    this.capability = capability;
    this.bytes = bytes;
    this.again = again;
    this.giveUp = giveUp;
  }

  /**
   * @param absence of the upstream that it waits for
   * @param until by the steady clock: the request's deadline, which further waits don't put off
   * @returns false where it can't wait: too late, too many, too large
   */
  wait(absence: Absence, until: number): boolean {
    if (this.lot.enter(this, until, this.came) !== undefined) return false;
    this.came = true;
    this.waits = true;
    if (this.sooner < mostSooner)
      this.stopListening = absence.whenBack(() => {
        this.sooner += 1;
        this.goOn();
      });
    this.lookAfter(this.pause, absence);
    this.pause = Math.min(this.pause * 2, longestPause);
    return true;
  }

  private lookAfter(milliseconds: number, absence: Absence): void {
    const look = () => (absence.mayTry() ? this.goOn() : this.lookAfter(lookEvery, absence));
    this.timer = setTimeout(guarded('waiting for an upstream', look), milliseconds);
  }

  timeIsUp(): void {
    this.end();
    this.giveUp();
  }

  /** Nobody waits for it any more. */
  end(): void {
    this.waits = false;
    clearTimeout(this.timer);
    this.stopListening?.();
    this.lot.leave(this);
  }

  private goOn(): void {
    if (!this.waits) return;
    this.end();
    this.again();
  }
}
