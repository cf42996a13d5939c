import { describe, expect, it } from '@jest/globals';
import { readRepositoryFile, repositoryFiles } from './support/repository.js';

const files = repositoryFiles();
const texts = files.filter(
  (path) => !/\.(gz|png|jpg|ico|woff2?)$/.test(path) && path !== 'package-lock.json',
);

/** Assembled here, so that this file does not hold what it looks for. */
const forbidden: [what: string, pattern: RegExp][] = [
  [
    'a path of somebody’s machine',
    new RegExp(['/wor', 'k/|/hom', 'e/(?!node)[a-z]|/roo', 't/|/Use', 'rs/'].join('')),
  ],
  [
    'the address of a package registry',
    new RegExp(['registry\\.npm', 'js|npm\\.pkg\\.git', 'hub|verda', 'ccio|artifac', 'tory'].join(''), 'i'),
  ],
  ['a private key', new RegExp(['-----BEGIN (?:[A-Z]+ )?PRIV', 'ATE KEY'].join(''))],
];

/** Words of other systems for what has a name of its own here; see docs/glossary.md. */
const wordsToAvoid: [word: RegExp, instead: string][] = [
  // jest's option keeps its name, and so does a keyword of SQL.
  [/(?<!--)\b[Ss]hards?\b|\b[Pp]artitions?\b/, 'bucket'],
  [/\b(legacy|old|new) side\b/i, 'side: monolith or service'],
  [/\bdark launch/i, 'shadow'],
  [/\bsync config\b/i, 'move'],
  [/\bcut-?over\b/i, 'hand-over'],
];

const vagueNames = /^(utils?|helpers?|common|misc|managers?|types|constants)$/;

describe('a file', () => {
  it('is named for what it does, in kebab-case', () => {
    expect(files.filter((path) => path.endsWith('.ts')).filter(isBadlyNamed)).toEqual([]);
  });

  it('is told apart from one whose name says nothing', () => {
    const planted = [
      'a/string-utils.ts',
      'platform/types.ts',
      'platform/OrderHelper.ts',
      'platform/place_order.ts',
      'a/common.ts',
    ];
    expect(planted.filter(isBadlyNamed)).toEqual(planted);
  });

  it.each(forbidden)('holds no %s', (_what, pattern) => {
    expect(texts.filter((path) => pattern.test(readRepositoryFile(path)))).toEqual([]);
  });

  it('is told apart from one that holds what it should not', () => {
    const planted = [
      'see /wor' + 'k/main',
      'https://registry.npm' + 'js.org/zod',
      '-----BEGIN RSA PRIV' + 'ATE KEY-----',
    ];
    expect(planted.map((text) => forbidden.findIndex(([, pattern]) => pattern.test(text)))).toEqual([
      0, 1, 2,
    ]);
  });
});

describe('the lock file', () => {
  it('says what is installed, and leaves to npm where it comes from', () => {
    expect(readRepositoryFile('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });
});

describe('the words', () => {
  it.each(wordsToAvoid)('of a document are not %p', (word) => {
    const documents = files.filter((path) => path.endsWith('.md') && path !== 'docs/glossary.md');
    expect(documents.filter((path) => word.test(readRepositoryFile(path)))).toEqual([]);
  });

  it.each(wordsToAvoid)('of the code are not %p', (word) => {
    const sources = files.filter(
      (path) => /\.(ts|yaml)$/.test(path) && !path.startsWith('tests/architecture/'),
    );
    expect(sources.filter((path) => word.test(readRepositoryFile(path)))).toEqual([]);
  });
});

function isBadlyNamed(path: string): boolean {
  const name =
    path
      .split('/')
      .at(-1)
      ?.replace(/(\.(unit|integration|architecture|e2e|parity|faults)\.test)?\.ts$/, '') ?? '';
  const words = name.split('-');
  return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || words.some((word) => vagueNames.test(word));
}
