import { describe, expect, it } from '@jest/globals';
import type { MoveTable } from '#contracts/strangler/move.js';
import { mapColumns, mapped, same } from '#contracts/strangler/map-columns.js';
import { compareRows } from './compare-rows.js';

const table: MoveTable = {
  monolith: { table: 'items', key: ['id'], ownedBy: 'id' },
  service: { table: 'levels', key: ['id'], ownedBy: 'id' },
  ...mapColumns(
    same('id', 'taken'),
    mapped(['free'], ['total'], {
      toService({ free, taken }) {
        if (free === null) throw new Error('free is missing');
        return { total: Math.max(0, Number(free)) + Number(taken) };
      },
      toMonolith: ({ total, taken }) => ({ free: Number(total) - Number(taken) }),
    }),
  ),
};
const owned = { id: 'a', free: 3, taken: 2 };

describe('comparing an owner with its replica', () => {
  it('finds nothing where the rows correspond, or there are none', () => {
    expect(compareRows(table, 'service', owned, { id: 'a', total: 5, taken: 2, local: 1 })).toBeUndefined();
    expect(compareRows(table, 'monolith', { id: 'a', total: 5, taken: 2 }, owned)).toBeUndefined();
    expect(compareRows(table, 'service', undefined, undefined)).toBeUndefined();
  });

  it('names the columns that differ, as the service has them, whichever side owns', () => {
    const columns = [{ column: 'total', owner: '5', replica: '6' }];
    expect(compareRows(table, 'service', owned, { id: 'a', total: 6, taken: 2 })).toMatchObject({
      kind: 'values',
      columns,
    });
    expect(
      compareRows(table, 'monolith', { id: 'a', total: 5, taken: 2 }, { id: 'a', free: 4, taken: 2 }),
    ).toMatchObject({ kind: 'values', columns });
  });

  it('tells a missing row from a superfluous one, and shows what is there', () => {
    expect(compareRows(table, 'service', owned, undefined)).toMatchObject({
      kind: 'missing',
      columns: [{ column: 'id', owner: 'a', replica: null }, { column: 'taken' }, { column: 'total' }],
    });
    expect(compareRows(table, 'service', undefined, { id: 'b', total: 1, taken: 0 })).toMatchObject({
      kind: 'superfluous',
      columns: [{ column: 'id', owner: null, replica: 'b' }, { column: 'taken' }, { column: 'total' }],
    });
  });

  it("says why the move can't map an owner's row, and takes an unmappable replica's row for wrong", () => {
    expect(compareRows(table, 'service', { ...owned, free: null }, undefined)).toMatchObject({
      kind: 'not-mapped',
      problem: 'free is missing',
    });
    expect(
      compareRows(table, 'monolith', { id: 'a', total: 5, taken: 2 }, { ...owned, free: null }),
    ).toMatchObject({ kind: 'values' });
    expect(compareRows(table, 'monolith', undefined, { ...owned, free: null })).toMatchObject({
      kind: 'superfluous',
    });
  });

  it("names the columns of an owner's row that would not come back as they are", () => {
    expect(compareRows(table, 'service', { ...owned, free: -1 }, undefined)).toMatchObject({
      kind: 'not-mapped',
      problem: 'the move does not keep this row: items.free is -1 and would come back as 0',
    });
    expect(compareRows(table, 'monolith', { id: 'a', total: 1, taken: 2 }, owned)).toMatchObject({
      kind: 'not-mapped',
      problem: expect.stringContaining('levels.total is 1'),
    });
  });

  it('shortens long values, and still tells them apart', () => {
    const notes = { ...table, ...mapColumns(same('id', 'note')) };
    const owners = { id: 'a', note: 'x'.repeat(499) };
    const other = compareRows(notes, 'service', owners, { id: 'a', note: 'x'.repeat(500) });
    const [column] = other?.columns ?? [];
    expect(column?.owner).toContain('(499 characters');
    expect(column?.replica).toContain('(500 characters');
  });
});
