import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkHttpTable } from './support/check-http-table.js';
import { readRepositoryFile, repositoryFiles } from './support/repository.js';

const suites = new Map(
  repositoryFiles()
    .filter((path) => /^strangler-proxy\/gateway\/.*\.(unit|integration)\.test\.ts$/.test(path))
    .map((path) => [basename(path).replace(/\.(unit|integration)\.test\.ts$/, ''), readRepositoryFile(path)]),
);
const document = readRepositoryFile('docs/http.md');

describe('the page on HTTP', () => {
  it('names a test for each clause and each class, and none that does not exist', () => {
    expect(document.match(/^\| \[/gm)?.length).toBeGreaterThan(70);
    expect(checkHttpTable(document, suites)).toEqual([]);
  });

  it('is told apart from one that names no test, or one that there isn’t', () => {
    const wrong = [
      '| clause | what holds | tests |',
      '| ------ | ---------- | ----- |',
      '| 1 | a | `one` “is right” |',
      '| 2 | b | |',
      '| 3 | c | `two` “is right” |',
      '| 4 | d | `one` “is right”<br>`one` “is” |',
    ].join('\n');
    expect(checkHttpTable(wrong, new Map([['one', "it('is right', () => undefined);"]]))).toEqual([
      '2 names no test',
      '3: there is no suite two',
      '4: one has no test “is”',
    ]);
  });
});
