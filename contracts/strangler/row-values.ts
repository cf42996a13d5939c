import type { Row, Value } from './move.js';

/** A row as JSON carries it: binary values in base64, all else as it is. */
export type WireRow = Record<string, WireValue>;

export type WireValue = string | number | null | { base64: string };

/** Puts a row into a form that survives JSON without loss. */
export function encodeRow(row: Row): WireRow {
  const wire: WireRow = {};
  for (const [column, value] of Object.entries(row)) wire[column] = encodeValue(value);
  return wire;
}

/** The inverse of {@link encodeRow}. */
export function decodeRow(wire: WireRow): Row {
  const row: Row = {};
  for (const [column, value] of Object.entries(wire)) row[column] = decodeValue(value);
  return row;
}

export function encodeValue(value: Value): WireValue {
  if (Buffer.isBuffer(value)) return { base64: value.toString('base64') };
  // JSON has no negative zero, the database's DOUBLE does; as a string it gets there unharmed.
  return Object.is(value, -0) ? '-0' : value;
}

export function decodeValue(wire: WireValue): Value {
  return wire !== null && typeof wire === 'object' ? Buffer.from(wire.base64, 'base64') : wire;
}
