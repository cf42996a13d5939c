import { describe, expect, it } from '@jest/globals';
import { holdRows } from './pending-rows.js';
import { watchChunks } from './watch-chunks.js';

const mebibyte = 1024 ** 2;

/** Windows of which it is known what they hear. */
function windows(watching = true) {
  const heard: string[] = [];
  let lost = 0;
  return {
    ...watchChunks(new Map([['stock', ['id']]])),
    heard,
    lost: () => lost,
    watching: () => watching,
    onChange: (_table: string, { after }: { after?: Record<string, unknown> }) =>
      void heard.push(String(after?.['id'])),
    lose: () => void (lost += 1),
  };
}

const row = (id: string, bytes: number) => ({ after: { id, text: 'x'.repeat(bytes) } });

describe('the rows of a transaction that is not committed yet', () => {
  it('are told once it is committed, in their order', () => {
    const told = windows();
    const pending = holdRows(told);
    for (const id of ['a', 'b', 'c']) pending.add('stock', row(id, 10));
    expect(told.heard).toEqual([]);
    pending.commit();
    expect(told.heard).toEqual(['a', 'b', 'c']);
  });

  it('are held up to 32 MiB; then the windows are lost, once, and nothing is held', () => {
    const told = windows();
    const pending = holdRows(told);
    for (let count = 0; count < 31; count++) pending.add('stock', row(`held-${count}`, mebibyte));
    expect(told.lost()).toBe(0);
    pending.add('stock', row('too much', mebibyte));
    expect(told.lost()).toBe(1);
    pending.commit();
    expect(told.heard).toEqual([]);
  });

  it('count again from nothing in the next transaction', () => {
    const told = windows();
    const pending = holdRows(told);
    for (let transaction = 0; transaction < 4; transaction++) {
      for (let count = 0; count < 20; count++) pending.add('stock', row(`${transaction}-${count}`, mebibyte));
      if (transaction % 2 === 0) pending.commit();
      else pending.forget();
    }
    expect(told.lost()).toBe(0);
    expect(told.heard).toHaveLength(40);
  });

  it('count no more once they are taken back', () => {
    const told = windows();
    const pending = holdRows(told);
    pending.add('stock', row('kept', 10));
    pending.savepoint('one');
    for (let attempt = 0; attempt < 4; attempt++) {
      for (let count = 0; count < 20; count++) pending.add('stock', row('taken back', mebibyte));
      pending.rollBackTo('one');
    }
    expect(told.lost()).toBe(0);
    pending.commit();
    expect(told.heard).toEqual(['kept']);
  });

  it('are not held while nothing is filled', () => {
    const told = windows(false);
    const pending = holdRows(told);
    for (let count = 0; count < 100; count++) pending.add('stock', row('any', mebibyte));
    pending.commit();
    expect({ heard: told.heard, lost: told.lost() }).toEqual({ heard: [], lost: 0 });
  });
});
