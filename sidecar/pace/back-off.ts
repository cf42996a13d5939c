const first = 100;
const longest = 2_000;

/** Growing waits between attempts, in milliseconds, with some chance in them so that many don't come at once. */
export function backOff(): { next(): number; reset(): void } {
  let wait = first;
  return {
    next() {
      const now = wait;
      wait = Math.min(longest, wait * 2);
      return now / 2 + (Math.random() * now) / 2;
    },
    reset() {
      wait = first;
    },
  };
}
