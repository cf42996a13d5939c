import { describe, expect, it } from '@jest/globals';
import { readRepositoryFile, repositoryFiles } from './support/repository.js';

/** What starts a program that gives up after some time. */
const starts =
  /\b(runGateway|runControlPlane|createMonolith|createOrdersService|createPaymentsService|startThrowawayShop)\(/;

/** Where the limits of such programs are set. */
const limits = /\/wide-limits\.js'/;

/** Files of tests that may start one without them, and why. */
const exceptions: Record<string, string> = {
  'strangler-proxy/gateway/test/operating.integration.test.ts': 'expects that its gateway does not start',
  'tests/architecture/limits.architecture.test.ts': 'names what starts a program, and starts none',
  'tests/faults/main.ts': 'looks at the product as it is delivered',
  'tests/faults/books/main.ts': 'looks at the product as it is delivered',
};

const looksAt = (path: string) => /(\/test\/|^tests\/).*\.ts$/.test(path) && !(path in exceptions);

/** @returns names of the files that start a program without wide limits */
function withoutLimits(files: readonly { path: string; text: string }[]): string[] {
  return files.flatMap(({ path, text }) => (starts.test(text) && !limits.test(text) ? [path] : []));
}

describe('what tests start', () => {
  it('has limits that no slow machine runs into', () => {
    const files = repositoryFiles()
      .filter(looksAt)
      .map((path) => ({ path, text: readRepositoryFile(path) }));
    expect(files.filter(({ text }) => starts.test(text)).length).toBeGreaterThan(5);
    expect(withoutLimits(files)).toEqual([]);
  });

  it('is told apart from what has the limits of production', () => {
    const text = 'await runGateway({ configFile });';
    expect(withoutLimits([{ path: 'planted.ts', text }])).toEqual(['planted.ts']);
  });

  it('has no exception that is not needed', () => {
    const needed = (path: string) => withoutLimits([{ path, text: readRepositoryFile(path) }]).length > 0;
    expect(Object.keys(exceptions).filter((path) => !needed(path))).toEqual([]);
  });
});
