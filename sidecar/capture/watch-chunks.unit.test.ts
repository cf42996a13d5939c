import { describe, expect, it } from '@jest/globals';
import { type ChunkWindows, watchChunks } from './watch-chunks.js';

const chunk = {
  after: null,
  upTo: ['c'],
  rows: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
  keyOrder: 'varchar',
  epochs: [3, 4],
};

function windows(): ChunkWindows {
  return watchChunks(
    new Map([
      ['t', ['id']],
      ['u', ['id']],
    ]),
  );
}

describe('a chunk', () => {
  it('leaves out the rows that changed between its watermarks', () => {
    const watched = windows();
    watched.open('1', 't');
    watched.onChange('t', { after: { id: 'a' } });
    watched.onLow('1');
    watched.onChange('t', { before: { id: 'b' }, after: { id: 'new' } });
    watched.onChange('u', { after: { id: 'c' } });
    watched.fill('1', chunk);
    expect(watched.onHigh('1')).toMatchObject({
      kind: 'chunk',
      rows: [{ id: 'a' }, { id: 'c' }],
      changed: [['b'], ['new']],
      epochs: [3, 4],
    });
  });

  it('is lost when the log is read again', () => {
    const watched = windows();
    watched.open('1', 't');
    watched.onLow('1');
    watched.fill('1', chunk);
    watched.onHigh('1');
    expect(watched.onHigh('1')).toEqual({ kind: 'lost-chunk', id: '1' });
  });

  it('is lost when its low watermark was not seen: changes may have been missed', () => {
    const watched = windows();
    watched.open('1', 't');
    watched.fill('1', chunk);
    expect(watched.onHigh('1')).toEqual({ kind: 'lost-chunk', id: '1' });
  });
});
