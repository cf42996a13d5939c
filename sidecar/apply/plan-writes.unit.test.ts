import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChangeMessage, RowChange, Signal } from '#contracts/strangler/change-message.js';
import { mapColumns, mapped, same } from '#contracts/strangler/map-columns.js';
import type { Move, Row } from '#contracts/strangler/move.js';
import { planWrites, RowNotMapped } from './plan-writes.js';

const side = (table: string) => ({ table, key: ['id'] as [string], ownedBy: 'id' });
const move: Move = {
  capability: 'any',
  tables: [
    {
      monolith: side('m'),
      service: side('s'),
      ...mapColumns(
        same('id'),
        mapped(['n'], ['n'], {
          toService: ({ n }) => ({ n: Number(n) + 1 }),
          toMonolith: ({ n }) => ({ n: Number(n) - 1 }),
        }),
      ),
    },
  ],
};
const place = { chain: 'c', seq: 0, origin: null, gtid: null, offset: 0 };

function message(changes: RowChange[], signals: Signal[] = []): ChangeMessage {
  return {
    capability: 'any',
    from: 'monolith',
    run: 'r',
    previous: place,
    position: place,
    last: true,
    committedAt: 0,
    changes,
    signals,
  };
}

const upsert = (id: string, n: number): RowChange => ({ table: 'm', op: 'insert', after: { id, n } });
const remove = (id: string): RowChange => ({ table: 'm', op: 'delete', before: { id, n: 0 } });

describe('the writes for some messages', () => {
  it('hold mapped rows, together as long as their kind is the same', () => {
    const plan = planWrites(move, 'service', [
      message([upsert('a', 1), upsert('b', 2)]),
      message([upsert('a', 5)]),
    ]);
    expect(plan).toMatchObject([
      {
        kind: 'upsert',
        target: { table: 's' },
        rows: [
          { id: 'a', n: 6 },
          { id: 'b', n: 3 },
        ],
      },
    ]);
  });

  it('turn a changed key into the end of one row and the begin of another', () => {
    const change: RowChange = {
      table: 'm',
      op: 'update',
      before: { id: 'a', n: 1 },
      after: { id: 'b', n: 1 },
    };
    expect(planWrites(move, 'service', [message([change])])).toMatchObject([
      { kind: 'delete', rows: [{ id: 'a' }] },
      { kind: 'upsert', rows: [{ id: 'b' }] },
    ]);
  });

  it('lead to the same rows as one write after the other', () => {
    const change = fc.oneof(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(9)).map(([id, n]) => upsert(id, n)),
      fc.constantFrom('a', 'b', 'c').map(remove),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const oneByOne = changes.flatMap((one) => planWrites(move, 'service', [message([one])]));
        const together = planWrites(move, 'service', [message(changes)]);
        expect(run(together)).toEqual(run(oneByOne));
      }),
    );
  });

  it('keep a chunk in its place among the changes', () => {
    const chunk: Signal = {
      kind: 'chunk',
      id: '1',
      table: 'm',
      after: null,
      upTo: null,
      rows: [{ id: 'x', n: 1 }],
      changed: [],
      keyOrder: '',
      epochs: [],
    };
    const plan = planWrites(move, 'service', [
      message([upsert('a', 1)]),
      message([], [chunk]),
      message([upsert('a', 2)]),
    ]);
    expect(plan.map(({ kind }) => kind)).toEqual(['upsert', 'chunk', 'upsert']);
    expect(plan[1]).toMatchObject({ rows: [{ id: 'x', n: 2 }] });
  });

  it('keep tokens behind all that came before them, and before what comes later', () => {
    const token = (bucket: number): Signal => ({ kind: 'token', bucket, epoch: 2 });
    const plan = planWrites(move, 'service', [
      message([upsert('a', 1)]),
      message([upsert('a', 2)], [token(7), token(8)]),
      message([upsert('a', 3)]),
    ]);
    expect(plan).toMatchObject([
      { kind: 'upsert', rows: [{ id: 'a', n: 3 }] },
      { kind: 'tokens', tokens: [{ bucket: 7 }, { bucket: 8 }] },
      { kind: 'upsert', rows: [{ id: 'a', n: 4 }] },
    ]);
  });

  it('name a row that the move can not map', () => {
    const failing: Move = {
      ...move,
      tables: move.tables.map((table) => ({
        ...table,
        toService: () => {
          throw new Error('no such colour');
        },
      })),
    };
    expect(() => planWrites(failing, 'service', [message([upsert('a', 1)])])).toThrow(RowNotMapped);
  });
});

function run(plan: ReturnType<typeof planWrites>): Map<unknown, Row> {
  const table = new Map<unknown, Row>();
  for (const write of plan) {
    for (const row of 'rows' in write ? write.rows : []) {
      if (write.kind === 'delete') table.delete(row['id']);
      else table.set(row['id'], row);
    }
  }
  return new Map([...table].toSorted());
}
