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

export function holdRows(windows: ChunkWindows): PendingRows {
  let rows: [string, ChangedRow][] = [];
  const marks = new Map<string, number>();

  function forget(): void {
    rows = [];
    marks.clear();
  }

  return {
    add(table, row) {
      if (windows.watching()) rows.push([table, row]);
    },
    savepoint: (name) => void marks.set(name, rows.length),
    rollBackTo(name) {
      rows.length = marks.get(name) ?? 0;
    },
    commit() {
      for (const [table, row] of rows) windows.onChange(table, row);
      forget();
    },
    forget,
  };
}
