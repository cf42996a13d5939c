import { relative } from 'node:path';
import { z } from 'zod';

/** How long one test file took, in seconds. */
export interface SuiteTime {
  /** Relative to the repository. */
  suite: string;
  seconds: number;
  tests: number;
}

/** The part of jest's `--json` output that is read here. */
const jestResults = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(z.unknown()),
    }),
  ),
});

/** Reads how long each test file took from jest's `--json` output. */
export function readSuiteTimes(json: string, root: string): SuiteTime[] {
  return jestResults.parse(JSON.parse(json)).testResults.map((result) => ({
    suite: relative(root, result.name),
    seconds: (result.endTime - result.startTime) / 1_000,
    tests: result.assertionResults.length,
  }));
}

/** A table of the slowest test files, slowest first. */
export function describeSlowest(times: readonly SuiteTime[], count: number): string {
  const slowest = [...times].sort((one, other) => other.seconds - one.seconds).slice(0, count);
  return slowest
    .map(({ suite, seconds, tests }) => {
      const counted = `${tests} ${tests === 1 ? 'test' : 'tests'}`;
      return `${seconds.toFixed(1).padStart(8)} s  ${suite} (${counted})`;
    })
    .join('\n');
}
