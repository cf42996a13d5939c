/** How many requests may be sent a second time: what fails under load must not get twice the load from us. */
export interface RepeatBudget {
  /** A request was sent for the first time. */
  first(): void;
  /** @returns whether one more may be sent again; it counts as sent then */
  take(): boolean;
}

/** Of a hundred requests, so many may be sent again. */
const percent = 10;
/** Where there are few requests, or none came before: so many at once, and one more for each pause. */
const reserve = 10;
const refillEvery = 2_000;
/** What quiet times save up ends here. */
const most = 100;

/** @param now monotonic milliseconds */
export function createRepeatBudget(now: () => number): RepeatBudget {
  let left = reserve;
  let at = now();

  function refill(): void {
    const pauses = Math.floor((now() - at) / refillEvery);
    if (pauses <= 0) return;
    at += pauses * refillEvery;
    if (left < reserve) left = Math.min(reserve, left + pauses);
  }

  return {
    first: () => void (left = Math.min(most, left + percent / 100)),
    take() {
      refill();
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
