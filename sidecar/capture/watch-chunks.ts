import type { ChunkSignal, KeysSignal, LostChunkSignal } from '#contracts/strangler/change-message.js';
import type { Row } from '#contracts/strangler/move.js';
import { encodeRow, encodeValue, type WireValue } from '#contracts/strangler/row-values.js';
import type { KeyWindows } from './watch-keys.js';
import type { ChangedRow } from './read-binlog.js';

/** Rows that were selected while the window was open. */
export interface SelectedChunk {
  after: WireValue[] | null;
  upTo: WireValue[] | null;
  rows: Row[];
  keyOrder: string;
  /** Of the buckets 1 to 100, from the same snapshot. */
  epochs: number[];
}

/**
 * The windows between the watermarks of chunks that are being read (DBLog: Andreakis and Papapanagiotou, 2020,
 * arXiv:2010.12597). Whatever the log says of a key between the two is newer than what the select saw, or as new.
 */
export interface ChunkWindows {
  open(id: string, table: string): void;
  fill(id: string, chunk: SelectedChunk): void;
  abandon(id: string): void;
  onLow(id: string): void;
  /** Whether any window has seen its low watermark. */
  watching(): boolean;
  onChange(table: string, row: ChangedRow): void;
  /** Too much changes to be remembered: what is being read has to be asked for again. */
  lose(): void;
  /** @returns what to send at this place of the log, or undefined for a window that nobody remembers */
  onHigh(id: string): ChunkSignal | KeysSignal | LostChunkSignal;
}

interface Window {
  table: string;
  /** Keys that changed since the low watermark; undefined before it has been seen. */
  changed: Map<string, WireValue[]> | undefined;
  chunk?: SelectedChunk;
}

/** @param keys key columns by table */
export function watchChunks(keys: ReadonlyMap<string, readonly string[]>): ChunkWindows {
  const windows = new Map<string, Window>();

  function keyOf(table: string, row: Row): WireValue[] {
    return (keys.get(table) ?? []).map((column) => encodeValue(row[column] ?? null));
  }

  function note(window: Window, table: string, row: Row | undefined): void {
    if (!row || window.table !== table) return;
    const key = keyOf(table, row);
    window.changed?.set(JSON.stringify(key), key);
  }

  return {
    open: (id, table) => void windows.set(id, { table, changed: undefined }),
    fill(id, chunk) {
      const window = windows.get(id);
      if (window) window.chunk = chunk;
    },
    abandon: (id) => void windows.delete(id),
    onLow(id) {
      const window = windows.get(id);
      if (window) window.changed = new Map();
    },
    lose: () => windows.clear(),
    watching: () => [...windows.values()].some(({ changed }) => changed !== undefined),
    onChange(table, row) {
      for (const window of windows.values()) {
        note(window, table, row.before);
        note(window, table, row.after);
      }
    },
    onHigh(id) {
      const window = windows.get(id);
      windows.delete(id);
      if (!window?.changed || !window.chunk) return { kind: 'lost-chunk', id };
      const { table, changed, chunk } = window;
      const unchanged = chunk.rows.filter((row) => !changed.has(JSON.stringify(keyOf(table, row))));
      return {
        kind: 'chunk',
        id,
        table,
        after: chunk.after,
        upTo: chunk.upTo,
        rows: unchanged.map(encodeRow),
        changed: [...changed.values()],
        keyOrder: chunk.keyOrder,
        epochs: chunk.epochs,
      };
    },
  };
}

/** The same, told also of rows that are asked for by their keys. */
export function withKeys(chunks: ChunkWindows, keys: KeyWindows): ChunkWindows {
  return {
    ...chunks,
    onLow(id) {
      chunks.onLow(id);
      keys.onLow(id);
    },
    watching: () => chunks.watching() || keys.watching(),
    lose() {
      chunks.lose();
      keys.lose();
    },
    onChange(table, row) {
      chunks.onChange(table, row);
      keys.onChange(table, row);
    },
    onHigh: (id) => (keys.has(id) ? keys.onHigh(id) : chunks.onHigh(id)),
  };
}
