import type { KeysSignal, LostChunkSignal } from '#contracts/strangler/change-message.js';
import type { Row } from '#contracts/strangler/move.js';
import { encodeRow, encodeValue, type WireRow, type WireValue } from '#contracts/strangler/row-values.js';
import type { ChangedRow } from './read-binlog.js';

/** Keys that are being read between two watermarks. */
export interface KeyWindows {
  open(id: string, table: string, check: boolean): void;
  /** @param keys those that are to be sent @param rows what was there under them when they were read */
  fill(id: string, keys: WireValue[][], rows: Row[], epochs: number[]): void;
  abandon(id: string): void;
  has(id: string): boolean;
  onLow(id: string): void;
  /** Whether any window has seen its low watermark. */
  watching(): boolean;
  onChange(table: string, row: ChangedRow): void;
  /** Too much changes to be remembered: what is being read has to be asked for again. */
  lose(): void;
  onHigh(id: string): KeysSignal | LostChunkSignal;
}

interface Window {
  table: string;
  check: boolean;
  /** What the log says since the low watermark, by key: the last row image, or null where it was deleted; undefined before. */
  changed: Map<string, WireRow | null> | undefined;
  filled?: { keys: WireValue[][]; rows: Map<string, WireRow>; epochs: number[] };
}

/**
 * Tells what is under keys at the place of the high watermark: what was read, unless the log says between the watermarks
 * what came after or is the same. So keys that change all the time are told as exactly as all others.
 * @param keyColumns by table
 */
export function watchKeys(keyColumns: ReadonlyMap<string, readonly string[]>): KeyWindows {
  const windows = new Map<string, Window>();

  function keyOf(table: string, row: Row): string {
    return JSON.stringify(
      (keyColumns.get(table) ?? []).map((column): WireValue => encodeValue(row[column] ?? null)),
    );
  }

  return {
    open: (id, table, check) => void windows.set(id, { table, check, changed: undefined }),
    fill(id, keys, rows, epochs) {
      const window = windows.get(id);
      if (!window) return;
      const byKey = new Map(rows.map((row) => [keyOf(window.table, row), encodeRow(row)]));
      window.filled = { keys, rows: byKey, epochs };
    },
    abandon: (id) => void windows.delete(id),
    has: (id) => windows.has(id),
    onLow(id) {
      const window = windows.get(id);
      if (window) window.changed = new Map();
    },
    lose: () => windows.clear(),
    watching: () => [...windows.values()].some(({ changed }) => changed !== undefined),
    onChange(table, { before, after }) {
      for (const window of windows.values()) {
        if (window.table !== table) continue;
        if (before) window.changed?.set(keyOf(table, before), null);
        if (after) window.changed?.set(keyOf(table, after), encodeRow(after));
      }
    },
    onHigh(id) {
      const window = windows.get(id);
      windows.delete(id);
      if (!window?.changed || !window.filled) return { kind: 'lost-chunk', id };
      const { table, check, changed, filled } = window;
      const rows = filled.keys.flatMap((key) => {
        const text = JSON.stringify(key);
        const row = changed.has(text) ? changed.get(text) : filled.rows.get(text);
        return row ? [row] : [];
      });
      return { kind: 'keys', id, table, keys: filled.keys, rows, epochs: filled.epochs, check };
    },
  };
}
