/**
 * Does something on a machine whose clock is wrong. Its steady clock, by which timers run, is right, as it is everywhere.
 * @param off milliseconds, above 0 where the clock is ahead
 */
export async function withClockOff<Result>(off: number, run: () => Promise<Result>): Promise<Result> {
  const Right = globalThis.Date;
  class Wrong extends Right {
    constructor(...values: [] | [number | string]) {
      super(...((values.length === 0 ? [Right.now() + off] : values) as [number]));
    }
    static override now(): number {
      return Right.now() + off;
    }
    /** Those that were made before, or meanwhile, by the right one. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return Object.prototype.toString.call(value) === '[object Date]';
    }
  }
  globalThis.Date = Wrong as DateConstructor;
  try {
    return await run();
  } finally {
    globalThis.Date = Right;
  }
}
