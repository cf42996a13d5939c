import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** A test that failed, or a file whose tests could not be run at all. */
export interface TestFailure {
  /** Relative to the repository. */
  suite: string;
  /** Its name with those of all groups around it; without it, nothing of the file was run. */
  test?: string;
  /** What jest says of it, with the place in the code. */
  message: string;
}

/** The part of jest's `--json` output that is read here. */
const jestResults = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullable(),
        }),
      ),
    }),
  ),
});

/** How much of a message is shown: enough to tell one failure from another, in lines and in letters of each. */
const [shownLines, shownLetters] = [6, 300];

/** Reads what failed from jest's `--json` output. */
export function readFailures(json: string, root: string): TestFailure[] {
  return jestResults.parse(JSON.parse(json)).testResults.flatMap((result) => {
    const suite = relative(root, result.name);
    const failed = result.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({
        suite,
        test: fullName,
        message: (failureMessages ?? []).join('\n'),
      }));
    if (failed.length > 0 || result.status !== 'failed') return failed;
    return [{ suite, message: result.message }];
  });
}

/** All of them once more in few lines each, for the end of a run: their whole messages stand far above it. */
export function describeFailures(failures: readonly TestFailure[]): string {
  return failures
    .map(({ suite, test, message }) => {
      const head = test === undefined ? suite : `${suite}: ${test}`;
      const lines = stripVTControlCharacters(message)
        .split('\n')
        .filter((line) => line.trim() !== '')
        .slice(0, shownLines);
      return [`  ${head}`, ...lines.map((line) => `      ${line.slice(0, shownLetters)}`)].join('\n');
    })
    .join('\n');
}
