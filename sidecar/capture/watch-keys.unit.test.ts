import { describe, expect, it } from '@jest/globals';
import { watchKeys } from './watch-keys.js';

const row = (id: string, n: number) => ({ id, n });

function windowOn(...keys: string[]) {
  const windows = watchKeys(new Map([['items', ['id']]]));
  windows.open('w', 'items', true);
  const fill = (...rows: { id: string; n: number }[]) =>
    windows.fill(
      'w',
      keys.map((key) => [key]),
      rows,
      [7],
    );
  return { windows, fill };
}

describe('the window of some keys', () => {
  it('tells what was read of keys that nobody has changed', () => {
    const { windows, fill } = windowOn('a', 'b');
    windows.onLow('w');
    fill(row('a', 1));
    windows.onChange('items', { after: row('c', 9) });
    windows.onChange('others', { after: row('a', 9) });
    expect(windows.onHigh('w')).toEqual({
      kind: 'keys',
      id: 'w',
      table: 'items',
      keys: [['a'], ['b']],
      rows: [row('a', 1)],
      epochs: [7],
      check: true,
    });
  });

  it('tells the last word of the log on keys that changed between the watermarks', () => {
    const { windows, fill } = windowOn('a', 'b', 'c', 'd');
    windows.onLow('w');
    windows.onChange('items', { before: row('a', 1), after: row('a', 2) });
    fill(row('a', 1), row('b', 1), row('d', 1));
    windows.onChange('items', { before: row('a', 2), after: row('a', 3) });
    windows.onChange('items', { before: row('b', 1) });
    windows.onChange('items', { after: row('c', 4) });
    windows.onChange('items', { before: row('d', 1), after: row('e', 1) });
    expect(windows.onHigh('w')).toMatchObject({ rows: [row('a', 3), row('c', 4)] });
  });

  it('forgets changes from before the low watermark: what was read is newer', () => {
    const { windows, fill } = windowOn('a');
    windows.onChange('items', { after: row('a', 1) });
    windows.onLow('w');
    fill(row('a', 2));
    expect(windows.onHigh('w')).toMatchObject({ rows: [row('a', 2)] });
  });

  it('is lost when the log is read again without it, or it was never filled', () => {
    const { windows } = windowOn('a');
    windows.onLow('w');
    expect(windows.onHigh('w')).toEqual({ kind: 'lost-chunk', id: 'w' });
    expect(windows.has('w')).toBe(false);
    const late = windowOn('a');
    late.fill(row('a', 1));
    expect(late.windows.onHigh('w')).toEqual({ kind: 'lost-chunk', id: 'w' });
  });
});
