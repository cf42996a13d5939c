import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { numberOf, parseExactly } from './exact-json.js';
import { ExactNumber, fingerprint, isSame, type JsonValue, scalarText } from './json-value.js';

const digits = fc.string({
  unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
  minLength: 1,
  maxLength: 18,
});
const numberText = fc
  .tuple(
    fc.boolean(),
    digits,
    fc.option(digits),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e-', 'e+'), fc.integer({ min: 0, max: 30 }))),
  )
  .map(([minus, whole, fraction, exponent]) => {
    const plain = whole.replace(/^0+(?=\d)/, '');
    return `${minus ? '-' : ''}${plain}${fraction === null ? '' : `.${fraction}`}${exponent ? exponent.join('') : ''}`;
  });

describe('numbers', () => {
  it('are read as they are written, wherever they stand', () => {
    fc.assert(
      fc.property(
        numberText,
        fc.constantFrom(['', ''], ['[', ']'], ['{"a":', '}'], ['[1, ', ' ,2]']),
        (text, [before, after]) => {
          const value = parseExactly(`${before}${text}${after}`);
          const inner =
            typeof value === 'object' && value !== null && !(value instanceof ExactNumber)
              ? Object.values(value)
              : [value];
          expect(inner.map(scalarText)).toContain(text);
        },
      ),
      { seed: 3, numRuns: 3_000 },
    );
  });

  it.each(['10.00', '1e2', '-0', '12345678901234567890', '0.0000001', '1.0'])(
    '%s keep their text',
    (text) => {
      expect(parseExactly(`[${text}]`)).toEqual([new ExactNumber(text)]);
      expect(numberOf(text)).toEqual(new ExactNumber(text));
    },
  );

  it('are no others for being written otherwise in another place', () => {
    expect(isSame(parseExactly('[1.0]'), parseExactly('[1]'))).toBe(false);
    expect(isSame(parseExactly('[1.0]'), parseExactly('[ 1.0 ]'))).toBe(true);
  });
});

describe('JSON that is read exactly', () => {
  it('has the values that it has when it is not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        // The number at its end makes it be read with care.
        const [exact] = parseExactly(`[${text},1.0]`) as JsonValue[];
        expect(isSame(exact!, parseExactly(text))).toBe(true);
        expect(fingerprint(exact!)).toBe(fingerprint(parseExactly(text)));
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it.each(['[1.0', '{"a":1.0,}', '[1.0]]', '01.0', '[1.0 2]', '{"a" 1.0}', '["\u0001",1.0]', '[.50]'])(
    'is refused where it is none: %j',
    (text) => {
      expect(() => parseExactly(text)).toThrow(SyntaxError);
    },
  );

  it('is read at any depth', () => {
    const deep = `${'['.repeat(200_000)}1.0${']'.repeat(200_000)}`;
    expect(isSame(parseExactly(deep), parseExactly(deep))).toBe(true);
    expect(fingerprint(parseExactly(deep))).toBe(deep);
  });

  it('has names that mean something to JavaScript like any others', () => {
    const value = parseExactly('{"__proto__":{"a":1.0},"constructor":2}') as Record<string, JsonValue>;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });
});
