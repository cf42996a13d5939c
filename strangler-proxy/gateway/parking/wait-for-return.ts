import { guarded } from '#platform/telemetry/guarded.js';
import type { Parked, ParkingLot } from './parking-lot.js';

/** A request that waits for an upstream which went away a moment ago, and is sent again now and then. */
export class WaitForReturn implements Parked {
  readonly capability: string;
  readonly bytes: number | undefined;
  private readonly lot: ParkingLot;
  private readonly again: () => void;
  private readonly giveUp: () => void;
  private timer: NodeJS.Timeout | undefined;
  private came = false;
  private pause = firstPause;

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
   * @param until by the steady clock: the request's deadline, which further waits don't put off
   * @returns false where it can't wait: too late, too many, too large
   */
  wait(until: number): boolean {
    if (this.lot.enter(this, until, this.came) !== undefined) return false;
    this.came = true;
    this.timer = setTimeout(
      guarded('repeating a request', () => {
        this.lot.leave(this);
        this.again();
      }),
      this.pause,
    );
    this.pause = Math.min(this.pause * 2, longestPause);
    return true;
  }

  timeIsUp(): void {
    this.end();
    this.giveUp();
  }

  /** Nobody waits for it any more. */
  end(): void {
    clearTimeout(this.timer);
    this.lot.leave(this);
  }
}

/** Milliseconds between two attempts: short beside a restart, and growing, so that what is coming up is not pressed. */
const firstPause = 100;
const longestPause = 1_000;
