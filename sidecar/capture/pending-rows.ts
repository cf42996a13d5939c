import type { ChangedRow } from './read-binlog.js';
import type { ChunkWindows } from './watch-chunks.js';

/**
 * Rows of the transaction at hand, which the windows of chunks hear of once it is committed: a row that is taken back would
 * otherwise keep the chunk's one from being sent.
 */
export interface PendingRows {
  add(table: string, row: ChangedRow): void;
  savepoint(name: string): void;
  rollBackTo(name: string): void;
  commit(): void;
  forget(): void;
}

/** Of one transaction: a larger one has to be rare. */
const mostBytes = 32 * 1024 ** 2;

export function holdRows(windows: ChunkWindows): PendingRows {
  let rows: [string, ChangedRow][] = [];
  let bytes = 0;
  const marks = new Map<string, { rows: number; bytes: number }>();

  function forget(): void {
    rows = [];
    bytes = 0;
    marks.clear();
  }

  return {
    add(table, row) {
      if (!windows.watching()) return;
      bytes += sizeOf(row);
      if (bytes <= mostBytes) return void rows.push([table, row]);
      windows.lose();
      forget();
    },
    savepoint: (name) => void marks.set(name, { rows: rows.length, bytes }),
    rollBackTo(name) {
      const mark = marks.get(name) ?? { rows: 0, bytes: 0 };
      rows.length = mark.rows;
      bytes = mark.bytes;
    },
    commit() {
      for (const [table, row] of rows) windows.onChange(table, row);
      forget();
    },
    forget,
  };
}

/** About what a row takes in memory. */
function sizeOf({ before, after }: ChangedRow): number {
  return [before, after].reduce((sum, row) => {
    const values = Object.values(row ?? {});
    return (
      sum +
      values.reduce<number>(
        (size, value) => size + (typeof value === 'number' ? 8 : (value?.length ?? 0) + 16),
        0,
      )
    );
  }, 0);
}
