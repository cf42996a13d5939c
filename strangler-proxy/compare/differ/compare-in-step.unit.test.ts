import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Field } from '../fields/field.js';
import { FieldTree } from '../fields/field-tree.js';
import { RuleBook } from '../rules/rule-book.js';
import { noRules } from '../rules/rules-file.js';
import { parseExactly } from '../values/exact-json.js';
import { compareInStep } from './compare-in-step.js';
import { compareValues } from './compare-values.js';
import { Recorder } from './recorder.js';

type Compare = (field: Field, control: string, other: string, recorder: Recorder) => unknown;

const asValues: Compare = (field, control, other, recorder) =>
  compareValues(field, parseExactly(control), parseExactly(other), recorder);

/** As answers are compared: what can't be compared side by side is read. */
const inStep: Compare = (field, control, other, recorder) =>
  compareInStep(field, control, other, recorder) || asValues(field, control, other, recorder);

/** What is taken down of these pairs: each way in which a field differs, with how often. */
function differencesOf(pairs: readonly (readonly [string, string])[], compare: Compare): string[] {
  const budget = { fields: 1_000, watches: 1_000 };
  const tree = new FieldTree('GET /', new RuleBook(noRules, '2026-11-29'), budget);
  const recorder = new Recorder(() => 0, budget);
  const body = tree.root.child('body');
  for (const [line, [control, other]] of pairs.entries()) {
    recorder.begin(line, false);
    compare(body, control, other, recorder);
  }
  return tree.fields
    .flatMap(({ path, watch }) =>
      [...(watch?.aspects.values() ?? [])].map(({ kind, candidate }) => `${path} ${kind} ${candidate}`),
    )
    .sort();
}

const scalar = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '1',
    '1.0',
    '10.00',
    '-0',
    '1e3',
    '12345678901234567890',
    '""',
    '"a"',
    '"\\u00e4"',
    '"\\""',
    '"\\\\"',
  ),
  fc.integer().map(String),
  fc.string({ maxLength: 4 }).map((text) => JSON.stringify(text)),
);

/** JSON as text, with the white space and the notation that values lose. */
const { document } = fc.letrec<{ document: string }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('document'), { maxLength: 3 }).map((list) => `[${list.join(', ')}]`),
    fc
      .uniqueArray(
        fc.tuple(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'x y'), tie('document')),
        {
          selector: ([name]) => name,
          maxLength: 4,
        },
      )
      .map(
        (members) => `{ ${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',\n')} }`,
      ),
  ),
}));

/** Orders whose items have ids: what differs is a value, a name, an item, or their order. */
const item = fc.record({
  id: fc.integer({ min: 1, max: 6 }),
  price: scalar,
  note: fc.option(scalar, { nil: undefined }),
});
const order = fc
  .uniqueArray(item, { selector: ({ id }) => id, minLength: 2, maxLength: 4 })
  .map((items) =>
    items.map(
      ({ id, price, note }) => `{"id":${id},"price":${price}${note === undefined ? '' : `,"note":${note}`}}`,
    ),
  )
  .map((items) => `{"items":[${items.join(',')}],"total":1}`);

/** Lists of objects without anything that tells them apart, in which only what lies deeper differs. */
const bare = fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 3 }).map((values) => {
  const elements = values.map((value, at) => (at % 2 === 0 ? `{"a":{"b":${value}}}` : `{"a":[${value}]}`));
  return `{"list":[${elements.join(',')}],"c":{"d":[${values.join(',')}]}}`;
});

describe('texts that are compared side by side', () => {
  it('differ as their values do', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const pair = [[one, other] as const];
        expect(differencesOf(pair, inStep)).toEqual(differencesOf(pair, asValues));
      }),
      { seed: 7, numRuns: 1_500 },
    );
  });

  it('differ as their values do, where lists have elements that are known by an id', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(order, order), { minLength: 1, maxLength: 6 }), (pairs) => {
        expect(differencesOf(pairs, inStep)).toEqual(differencesOf(pairs, asValues));
      }),
      { seed: 8, numRuns: 500 },
    );
  });

  it('differ as their values do, where nothing tells the elements of a list apart', () => {
    fc.assert(
      fc.property(bare, bare, (one, other) => {
        const pair = [[one, other] as const];
        expect(differencesOf(pair, inStep)).toEqual(differencesOf(pair, asValues));
      }),
      { seed: 9, numRuns: 500 },
    );
  });

  it.each(['{"a":1', '{"a":1}x', '{a:1}', '[1,]', '{"a":tru}', '{"a":01}', '["\n"]', '{"a"}', ''])(
    'are left to others where one is no JSON: %j',
    (text) => {
      const budget = { fields: 10, watches: 10 };
      const tree = new FieldTree('GET /', new RuleBook(noRules, '2026-11-29'), budget);
      const compared = compareInStep(tree.root.child('body'), text, '{"a":1}', new Recorder(() => 0, budget));
      expect(compared).toBe(false);
    },
  );
});
