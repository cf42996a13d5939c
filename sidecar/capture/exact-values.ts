import type { ColumnSchema } from '@vlasky/zongji';
import type { Row, Value } from '#contracts/strangler/move.js';

/**
 * Makes the function that gives a row's values as a query would, where the log's reader gives others: it makes nothing of
 * an ENUM without a value, and forgets to carry in negative TIMEs.
 */
export function exactValues(columns: readonly ColumnSchema[]): (row: Row) => Row {
  const times = columns.filter(({ COLUMN_TYPE: type }) => /^time\b(?!stamp)/i.test(type));
  const enums = columns.filter(({ COLUMN_TYPE: type }) => /^enum\b/i.test(type));
  if (times.length + enums.length === 0) return (row) => row;
  return (row) => {
    const exact = { ...row };
    for (const { COLUMN_NAME: name } of times) exact[name] = exactTime(row[name] ?? null);
    for (const { COLUMN_NAME: name } of enums) {
      // What is null is there, as null: the value with the number 0 is none of the list.
      if (name in row && row[name] === undefined) exact[name] = '';
    }
    return exact;
  };
}

/**
 * A negative time whose seconds were counted up without a carry: the reader takes hours, minutes and seconds from bits of
 * a number, and then adds one. With a fraction of a second nothing is added.
 */
export function exactTime(value: Value): Value {
  const parts = typeof value === 'string' ? /^-(\d+):(\d+):(\d+)(\.\d+)?$/.exec(value) : null;
  if (!parts || Number(parts[4] ?? 0) > 0) return value;
  const [hours, minutes, seconds] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const bits = hours * 4096 + minutes * 64 + seconds;
  const pad = (number: number): string => String(number).padStart(2, '0');
  return `-${pad(Math.floor(bits / 4096))}:${pad(Math.floor(bits / 64) % 64)}:${pad(bits % 64)}${parts[4] ?? ''}`;
}
