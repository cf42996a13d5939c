import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSealed, keyIdOf, readKeyRing } from './key-ring.js';

const [one, two] = ['1'.repeat(64), '2'.repeat(64)];

describe('a ring of keys', () => {
  it('opens what it has sealed, whatever it is, and shows nothing of it', () => {
    const ring = readKeyRing(`a:${one}`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, context) => {
        const sealed = ring.seal(text, context);
        // A few letters may stand in it by chance.
        const shows = text.length > 8 && sealed.includes(text);
        expect({ opened: ring.open(sealed, context), shows }).toEqual({ opened: text, shows: false });
      }),
    );
  });

  it('seals the same text differently each time', () => {
    const ring = readKeyRing(`a:${one}`);
    expect(ring.seal('tok_visa', 'x')).not.toBe(ring.seal('tok_visa', 'x'));
  });

  it('is turned: the new key seals, the old one still opens, until it is taken out', () => {
    const [before, between, after] = [`a:${one}`, `b:${two}, a:${one}`, `b:${two}`].map(readKeyRing);
    const sealed = before?.seal('text', 'x') ?? '';
    expect(between?.open(sealed, 'x')).toBe('text');
    expect(keyIdOf(between?.seal('text', 'x') ?? '')).toBe('b');
    expect(() => after?.open(sealed, 'x')).toThrow('has no key a: add it behind the first one');
  });

  it.each([
    ['of another context', (sealed: string) => sealed, 'y'],
    [
      'with a changed end',
      (sealed: string) => `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`,
      'x',
    ],
    ['cut off', (sealed: string) => sealed.slice(0, 40), 'x'],
    ['that is empty', (sealed: string) => sealed.split(':').slice(0, 2).join(':'), 'x'],
  ])('opens nothing %s', (_what, change, context) => {
    const ring = readKeyRing(`a:${one}`);
    expect(() => ring.open(change(ring.seal('text', 'x')), context)).toThrow(/can't be opened by the key a/);
  });

  it('opens nothing of another key with the same id', () => {
    const sealed = readKeyRing(`a:${one}`).seal('text', 'x');
    expect(() => readKeyRing(`a:${two}`).open(sealed, 'x')).toThrow('another key has that id');
  });

  it('opens nothing that names another of its keys than sealed it', () => {
    const ring = readKeyRing(`a:${one},b:${one}`);
    expect(() => ring.open(ring.seal('text', 'x').replace(':a:', ':b:'), 'x')).toThrow("can't be opened");
  });

  it.each(['', 'a', `a:${one.slice(1)}`, one, `a:${one},`, `a:${one},a:${two}`, `a b:${one}`, `a:${one}0`])(
    'says what is wrong with one that is none, and shows no key: "%s"',
    (text) => {
      let message = '';
      try {
        readKeyRing(text);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/^The ring of keys is not right: /);
      expect(message).not.toMatch(/[12]{20}/);
    },
  );

  it('knows what is sealed', () => {
    expect(isSealed(readKeyRing(`a:${one}`).seal('', 'x'))).toBe(true);
    expect(isSealed('{"a":1}')).toBe(false);
  });
});
